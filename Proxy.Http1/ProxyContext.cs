using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Telemetry.AccessLogs;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Addresses;
using Proxy.Http1.Metrics;

namespace Proxy.Http1;

/// <summary>What all connections of a proxy share.</summary>
/// <param name="Router">Chooses backends.</param>
/// <param name="Pool">Keeps connections to them.</param>
/// <param name="Deadlines">The clock of all waits.</param>
/// <param name="Timeouts">How long they may last.</param>
/// <param name="AccessLog">One line an exchange.</param>
/// <param name="ErrorLog">One line a failure.</param>
/// <param name="RequestIdHeader">Field that carries the request id; empty when there is none.</param>
/// <param name="Retries">Further backends tried after a failed connect.</param>
/// <param name="IsHipache">Answers, marks and adds fields as Hipache does.</param>
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

    /// <summary>Whether somebody is told what the proxy's own work takes, so that it is worth measuring.</summary>
    public bool IsOwnTimeRead { get; init; }

    /// <summary>Who is believed about its clients; null is everybody.</summary>
    public AddressRanges? TrustedProxies { get; init; }

    /// <summary>How long a client may still send after its last response before its connection is closed.</summary>
    public TimeSpan LingerTime { get; init; } = LingeringClose.TimeMax;

    /// <summary>When the request's time is over, in milliseconds of <see cref="Deadlines.Now"/>; 0 is never.</summary>
    internal long AnswerBy(Exchange exchange) => Deadlines.After(exchange.AnswerTimeFrom, Timeouts.Request);
}
