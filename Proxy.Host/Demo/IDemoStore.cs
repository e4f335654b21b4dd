using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

/// <summary>The store of the demo's routes; removed when disposed.</summary>
internal interface IDemoStore : IAsyncDisposable
{
    /// <summary>Executes one command, written as for redis-cli.</summary>
    Task SendAsync(string command);

    /// <summary>Sets the flags with which a proxy reads the routes.</summary>
    void Fill(Flags flags);

    /// <summary>The line that introduces the store in the output of the demo.</summary>
    string Introduction { get; }

    /// <summary>Returns the commands that show the routes and add another one while everything runs.</summary>
    /// <param name="backend">The URL to route to.</param>
    string WhatToTry(string backend);
}
