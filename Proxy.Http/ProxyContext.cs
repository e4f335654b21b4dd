using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Addresses;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Http;

/// <summary>The services and settings that all connections and exchanges of a proxy share.</summary>
/// <param name="Router">Chooses backends.</param>
/// <param name="Pool">Pools the connections to backends.</param>
/// <param name="Deadlines">The clock for all waits.</param>
/// <param name="Timeouts">The limits of the waits.</param>
/// <param name="AccessLog">Receives one line per exchange.</param>
/// <param name="ErrorLog">Receives one line per failure.</param>
/// <param name="RequestIdHeader">Name of the header that carries the request id; empty for none.</param>
/// <param name="Retries">Maximum number of further backends tried after a failed connect.</param>
/// <param name="IsHipache">Whether statuses, dead marks and added headers follow Hipache.</param>
public sealed record ProxyContext(
    Router Router,
    BackendPool Pool,
    Deadlines Deadlines,
    Timeouts Timeouts,
    AccessLog AccessLog,
    ErrorLog ErrorLog,
    string RequestIdHeader,
    int Retries,
    bool IsHipache = false)
{
    /// <summary>Counts exchanges.</summary>
    public required ExchangeMeter Meter { get; init; }

    /// <summary>Whether a log or metric reports the proxy's own time, so that it has to be measured.</summary>
    public bool IsOwnTimeRead { get; init; }

    /// <summary>The proxies whose forwarding headers are trusted; null to trust every client.</summary>
    public AddressRanges? TrustedProxies { get; init; }

    /// <summary>How long a client may go on sending after its last response before its connection is closed.</summary>
    public TimeSpan LingerTime { get; init; } = LingeringClose.TimeMax;

    /// <summary>The open client connections.</summary>
    public OpenConnections Connections { get; } = new(Deadlines);

    /// <summary>The progress of the proxy's shutdown.</summary>
    internal Drain Drain => Connections.Progress;

    /// <summary>The header that carries the request id.</summary>
    internal RequestIdHeader RequestId { get; } = new(RequestIdHeader);

    /// <summary>Selects and adds response headers, for any version of HTTP.</summary>
    internal ResponseFields ResponseFields { get; } = new(new DateField(Deadlines), IsHipache);

    /// <summary>
    /// Returns the deadline of the backend's response, in milliseconds of <see cref="Deadlines.Now"/>; 0 means none.
    /// </summary>
    internal long AnswerBy(Exchange exchange) => Deadlines.After(exchange.Timing.AnswerTimeFrom, Timeouts.Request);
}
