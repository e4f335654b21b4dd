using Proxy.Host.CommandLine;

namespace Proxy.Host.Demo;

/// <summary>Where the demo keeps its routes; gone when it is disposed.</summary>
internal interface IDemoStore : IAsyncDisposable
{
    /// <summary>One command, written as for redis-cli.</summary>
    Task SendAsync(string command);

    /// <summary>The flags with which a proxy reads the routes.</summary>
    void Fill(Flags flags);

    /// <summary>The line that says what it is, and how to change a route, for a reader at a terminal.</summary>
    string Introduction { get; }

    /// <summary>How another route to a backend is added while everything runs.</summary>
    /// <param name="backend">The URL to route to.</param>
    string WhatToTry(string backend);
}
