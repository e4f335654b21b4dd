using System.Net;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Tls;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core;

/// <summary>The meaning of the command line, checked once, with units.</summary>
public sealed record Settings
{
    /// <summary>Where plain HTTP is accepted; null if disabled.</summary>
    public required EndPoint? Listen { get; init; }

    /// <summary>The TLS settings for clients; null without TLS.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>How <c>https://</c> backends are verified.</summary>
    public BackendTls BackendTls { get; init; } = new(null, IsInsecure: false);

    /// <summary>The Redis that routes are read from.</summary>
    public required RedisEndpoint ReadRedis { get; init; }

    /// <summary>The Redis that dead marks are written to.</summary>
    public required RedisEndpoint WriteRedis { get; init; }

    /// <summary>The time limits.</summary>
    public required Timeouts Timeouts { get; init; }

    /// <summary>Where the access log goes: a path, <c>stdout</c>, <c>syslog</c> or <c>none</c>.</summary>
    public required string AccessLog { get; init; }

    /// <summary>The format of the access log (<c>--access-log-format</c>).</summary>
    public AccessLogFormat AccessLogFormat { get; init; }

    /// <summary>
    /// The proxies in front, whose forwarding headers are trusted; null trusts all, as the Go planb does.
    /// </summary>
    public AddressRanges? TrustedProxies { get; init; }

    /// <summary>Whether every connection starts with a header of the PROXY protocol.</summary>
    public bool TakesProxyProtocol { get; init; }

    /// <summary>The header that carries the request id, in canonical spelling; empty for none.</summary>
    public required string RequestIdHeader { get; init; }

    /// <summary>The settings for routes and dead backends.</summary>
    public required RoutingSettings Routing { get; init; }

    /// <summary>The file of routes that replaces Redis (<c>--routes</c>); empty for none.</summary>
    public string RoutesFile { get; init; } = "";

    /// <summary>The file of the last known routes (<c>--snapshot</c>); empty for none.</summary>
    public string SnapshotFile { get; init; } = "";

    /// <summary>Whether dead backends are probed until they answer (<c>--active-healthcheck</c>).</summary>
    public bool ActiveHealthcheck { get; init; }

    /// <summary>Whether answers and dead marks are Hipache's (<c>--hipache</c>).</summary>
    public bool IsHipache { get; init; }

    /// <summary>Further backends tried after a failed connect (<c>--retries</c>).</summary>
    public required int Retries { get; init; }

    /// <summary>How long connections are still accepted after a stop, while unready (<c>--drain-delay</c>).</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>How long a stop waits for running exchanges (<c>--drain-timeout</c>); zero does not wait.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>
    /// Clients connected at once (<c>--max-connections</c>); 0 derives it from the limit of open files.
    /// </summary>
    public int ConnectionsMax { get; init; }

    /// <summary>Clients connected from one address (<c>--max-connections-per-address</c>); 0 is no limit.</summary>
    public int ConnectionsPerAddressMax { get; init; }

    /// <summary>Event loops of the native engine (<c>--threads</c>).</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The I/O engine (<c>--engine</c>).</summary>
    public Engine Engine { get; init; }

    /// <summary>The address of metrics and health checks (<c>--metrics-address</c>); null for none.</summary>
    public EndPoint? MetricsAddress { get; init; }

    /// <summary>The number of hosts with metrics of their own (<c>--metrics-hosts</c>).</summary>
    public int MetricsHosts { get; init; }
}

/// <summary>The I/O engine.</summary>
public enum Engine
{
    /// <summary>The fastest one that this platform supports.</summary>
    Native,

    /// <summary>The portable one.</summary>
    Sockets,
}

/// <summary>The time limits; <see cref="TimeSpan.Zero"/> means no limit.</summary>
/// <param name="Dial">Establishing a connection to a backend.</param>
/// <param name="Request">From choosing a backend to the head of its response.</param>
/// <param name="ClientRead">A whole request with its body, from its first byte.</param>
/// <param name="ClientReadHeader">The head of a request, from its first byte; zero falls back to ClientRead.</param>
/// <param name="ClientWrite">From the end of the request head to the end of the response.</param>
/// <param name="ClientIdle">The wait for the next request of a connection; zero falls back to ClientRead.</param>
/// <param name="TunnelIdle">How long a tunnel may transfer nothing in either direction.</param>
public sealed record Timeouts(
    TimeSpan Dial,
    TimeSpan Request,
    TimeSpan ClientRead,
    TimeSpan ClientReadHeader,
    TimeSpan ClientWrite,
    TimeSpan ClientIdle,
    TimeSpan TunnelIdle);

/// <summary>One Redis: an address or a unix socket, or a master known to Sentinels.</summary>
public sealed record RedisEndpoint
{
    /// <summary><c>read</c> or <c>write</c>: the role of this endpoint, for messages.</summary>
    public required string Role { get; init; }

    /// <summary>A <see cref="DnsEndPoint"/>, <see cref="IPEndPoint"/> or unix socket; unused with Sentinels.</summary>
    public required EndPoint Address { get; init; }

    /// <summary>The Sentinels' addresses; empty for none.</summary>
    public IReadOnlyList<DnsEndPoint> Sentinels { get; init; } = [];

    /// <summary>The name under which the Sentinels know the master.</summary>
    public string SentinelName { get; init; } = "";

    /// <summary>The login to Redis.</summary>
    public RedisLogin Login { get; init; } = RedisLogin.None;

    /// <summary>The login to the Sentinels.</summary>
    public RedisLogin SentinelLogin { get; init; } = RedisLogin.None;

    /// <summary>The TLS settings for Redis and its Sentinels; null without TLS.</summary>
    public RedisTls? Tls { get; init; }

    /// <summary>The database's number.</summary>
    public int Database { get; init; }

    /// <summary>Whether certificates are read from it, which requires permissions of their own.</summary>
    public bool HasCertificates { get; init; }

    /// <summary>
    /// Whether the health monitor uses it (<c>--active-healthcheck</c>), which requires more permissions.
    /// </summary>
    public bool HasMonitor { get; init; }
}
