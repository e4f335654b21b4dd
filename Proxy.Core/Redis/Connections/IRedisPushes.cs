using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>What a <see cref="RedisListener"/> listens for.</summary>
internal interface IRedisPushes
{
    /// <summary>Commands that make the server answer; at least one.</summary>
    string[][] Pings { get; }

    /// <summary>Asks a new connection for pushes.</summary>
    /// <exception cref="IOException">The server cannot serve now.</exception>
    /// <exception cref="RedisPushesRefusedException">The server can never do it.</exception>
    Task GreetAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel);

    /// <summary>Takes a push or a reply to one of <see cref="Pings"/>; whether they are to be sent at once.</summary>
    bool Receive(in RespValue value);

    /// <summary>The connection could not be made, or broke.</summary>
    void Lost(string reason);

    /// <summary>The server refused; how long to wait before it is asked again.</summary>
    TimeSpan Refused(string reason);
}
