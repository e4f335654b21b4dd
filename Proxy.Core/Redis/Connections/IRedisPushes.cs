using Proxy.Core.Redis.Protocol;

namespace Proxy.Core.Redis.Connections;

/// <summary>The receiver of what a <see cref="RedisListener"/> reads.</summary>
internal interface IRedisPushes
{
    /// <summary>Commands that make the server reply; at least one.</summary>
    string[][] Pings { get; }

    /// <summary>Subscribes on a new connection.</summary>
    /// <exception cref="IOException">The server cannot serve at present.</exception>
    /// <exception cref="RedisPushesRefusedException">The server can never do it.</exception>
    Task SubscribeAsync(RespConnection connection, RedisEndpoint endpoint, CancellationToken cancel);

    /// <summary>Takes a push or a reply to one of <see cref="Pings"/>; true if they have to be sent at once.</summary>
    bool Receive(in RespValue value);

    /// <summary>The connection could not be established, or was lost.</summary>
    void OnDisconnected(string reason);

    /// <summary>The server refused; returns how long to wait before the next try.</summary>
    TimeSpan OnRefused(string reason);
}

/// <summary>The server does not push: it is too old, or does not permit it.</summary>
internal sealed class RedisPushesRefusedException(string message) : Exception(message);
