using System.Net;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Tls;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core;

/// <summary>What was meant by the command line, checked once, with units.</summary>
public sealed record Settings
{
    /// <summary>Where plain HTTP is accepted; null when disabled.</summary>
    public required EndPoint? Listen { get; init; }

    /// <summary>How TLS is spoken with clients; null when it is not.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>How <c>https://</c> backends are verified.</summary>
    public BackendTls BackendTls { get; init; } = new(null, IsInsecure: false);

    /// <summary>The Redis that routes are read from.</summary>
    public required RedisEndpoint ReadRedis { get; init; }

    /// <summary>The Redis that dead marks are written to.</summary>
    public required RedisEndpoint WriteRedis { get; init; }

    /// <summary>How long every wait may last.</summary>
    public required Timeouts Timeouts { get; init; }

    /// <summary>Where the access log goes: a path, <c>stdout</c>, <c>syslog</c> or <c>none</c>.</summary>
    public required string AccessLog { get; init; }

    /// <summary>How an exchange is written there (<c>--access-log-format</c>).</summary>
    public AccessLogFormat AccessLogFormat { get; init; }

    /// <summary>The proxies in front, which are believed about clients; null is everybody, as by planb.</summary>
    public AddressRanges? TrustedProxies { get; init; }

    /// <summary>Whether every connection begins with a header of the PROXY protocol.</summary>
    public bool TakesProxyProtocol { get; init; }

    /// <summary>The field that carries the request id, in canonical spelling; empty when there is none.</summary>
    public required string RequestIdHeader { get; init; }

    /// <summary>What is decided about routes and dead backends.</summary>
    public required RoutingSettings Routing { get; init; }

    /// <summary>The file of routes that replaces Redis (<c>--routes</c>); empty when there is none.</summary>
    public string RoutesFile { get; init; } = "";

    /// <summary>The file of the last known routes (<c>--snapshot</c>); empty when there is none.</summary>
    public string SnapshotFile { get; init; } = "";

    /// <summary>Whether dead backends are probed until they answer (<c>--active-healthcheck</c>).</summary>
    public bool ActiveHealthcheck { get; init; }

    /// <summary>Whether answers and marking are Hipache's (<c>--hipache</c>).</summary>
    public bool IsHipache { get; init; }

    /// <summary>Further backends tried after a failed connect (<c>--retries</c>).</summary>
    public required int Retries { get; init; }

    /// <summary>How long a stop goes on accepting while it is told to be unready (<c>--drain-delay</c>).</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>How long a stop waits for running exchanges (<c>--drain-timeout</c>); zero is not at all.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>Clients that may be connected at once (<c>--max-connections</c>); 0 is what files allow.</summary>
    public int ConnectionsMax { get; init; }

    /// <summary>Of those, from one address (<c>--max-connections-per-address</c>); 0 is no limit.</summary>
    public int ConnectionsPerAddressMax { get; init; }

    /// <summary>Event loops of the native engine (<c>--threads</c>).</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Which transport moves the bytes (<c>--engine</c>).</summary>
    public Engine Engine { get; init; }

    /// <summary>Where metrics and health can be asked for (<c>--metrics-address</c>); null when nowhere.</summary>
    public EndPoint? MetricsAddress { get; init; }

    /// <summary>How many hosts have metrics of their own (<c>--metrics-hosts</c>).</summary>
    public int MetricsHosts { get; init; }
}

/// <summary>Which transport moves the bytes.</summary>
public enum Engine
{
    /// <summary>The best one this platform has.</summary>
    Native,

    /// <summary>The portable one.</summary>
    Sockets,
}

/// <summary>How long every wait may last; <see cref="TimeSpan.Zero"/> means no limit.</summary>
/// <param name="Dial">Establishing a connection to a backend.</param>
/// <param name="Request">From choosing a backend to the head of its response.</param>
/// <param name="ClientRead">A whole request with its body, from its first byte.</param>
/// <param name="ClientReadHeader">The head of a request, from its first byte; zero falls back to ClientRead.</param>
/// <param name="ClientWrite">From the end of the request head to the end of the response.</param>
/// <param name="ClientIdle">The wait for the next request of a connection; zero falls back to ClientRead.</param>
/// <param name="TunnelIdle">How long nothing may pass through a tunnel, in either direction.</param>
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
    /// <summary><c>read</c> or <c>write</c>: what this endpoint is for, in messages.</summary>
    public required string Role { get; init; }

    /// <summary>A <see cref="DnsEndPoint"/>, <see cref="IPEndPoint"/> or unix socket; unused with Sentinels.</summary>
    public required EndPoint Address { get; init; }

    /// <summary>The Sentinels' addresses; empty when there are none.</summary>
    public IReadOnlyList<DnsEndPoint> Sentinels { get; init; } = [];

    /// <summary>The name under which the Sentinels know the master.</summary>
    public string SentinelName { get; init; } = "";

    /// <summary>Who we are to it.</summary>
    public RedisLogin Login { get; init; } = RedisLogin.None;

    /// <summary>Who we are to its Sentinels.</summary>
    public RedisLogin SentinelLogin { get; init; } = RedisLogin.None;

    /// <summary>How TLS is spoken with it and its Sentinels; null when it is not.</summary>
    public RedisTls? Tls { get; init; }

    /// <summary>The database's number.</summary>
    public int Database { get; init; }

    /// <summary>Whether certificates are read from it, which takes rights of their own.</summary>
    public bool HasCertificates { get; init; }

    /// <summary>Whether the health monitor uses it (<c>--active-healthcheck</c>), which takes further rights.</summary>
    public bool HasMonitor { get; init; }
}
