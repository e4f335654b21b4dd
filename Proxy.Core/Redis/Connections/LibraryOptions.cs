using System.Net;
using StackExchange.Redis;

namespace Proxy.Core.Redis.Connections;

/// <summary>How the client library connects: the one place where it is given an address.</summary>
internal static class LibraryOptions
{
    /// <summary>The longest wait for a connection.</summary>
    public const int ConnectMilliseconds = 1000;

    /// <summary>The longest wait for a reply; checked at a heartbeat, so that both together last a second.</summary>
    public const int AnswerMilliseconds = 750;

    private const int HeartbeatMilliseconds = 250;
    private const int ReconnectMilliseconds = 200;

    /// <param name="server">The server; a name is resolved by <paramref name="tunnel"/>.</param>
    /// <param name="endpoint">The configured Redis.</param>
    /// <param name="trust">The TLS settings; null without TLS.</param>
    /// <param name="tunnel">Establishes the connections.</param>
    public static ConfigurationOptions Of(
        EndPoint server, RedisEndpoint endpoint, RedisTrust? trust, NamedRedisTunnel tunnel) => new()
    {
        EndPoints = { server },
        Tunnel = tunnel,
        ClientName = RedisConnection.ClientName,
        User = endpoint.Login.User.Length > 0 ? endpoint.Login.User : null,
        Password = endpoint.Login.Auth.Length > 0 ? endpoint.Login.Password : null,
        Ssl = trust is not null,
        SslClientAuthenticationOptions = trust is null ? null : trust.OptionsFor,
        DefaultDatabase = endpoint.Database,
        AbortOnConnectFail = false,
        BacklogPolicy = BacklogPolicy.FailFast,
        ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds),
        ConnectTimeout = ConnectMilliseconds,
        AsyncTimeout = AnswerMilliseconds,
        SyncTimeout = AnswerMilliseconds,
        HeartbeatInterval = TimeSpan.FromMilliseconds(HeartbeatMilliseconds),
        KeepAlive = 1,
        TieBreaker = "",
        ConfigurationChannel = "",
        SetClientLibrary = false,
        IncludeDetailInExceptions = false,
    };
}
