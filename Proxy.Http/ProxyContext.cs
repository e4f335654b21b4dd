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

/// <summary>What all connections and exchanges of a proxy share.</summary>
/// <param name="Router">Chooses backends.</param>
/// <param name="Pool">Has the connections to them.</param>
/// <param name="Deadlines">The clock of all waits.</param>
/// <param name="Timeouts">How long they may last.</param>
/// <param name="AccessLog">Gets one line for each exchange.</param>
/// <param name="ErrorLog">Gets one line for each failure.</param>
/// <param name="RequestIdHeader">Header that carries the request id; empty when there is none.</param>
/// <param name="Retries">Further backends tried after a failed connect.</param>
/// <param name="IsHipache">Answers, marks and adds headers as Hipache does.</param>
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

    /// <summary>Whether the proxy's own time is reported anywhere, so that it is worth measuring.</summary>
    public bool IsOwnTimeRead { get; init; }

    /// <summary>The proxies whose word about their clients is believed; null to believe every client.</summary>
    public AddressRanges? TrustedProxies { get; init; }

    /// <summary>How long a client may go on sending after its last response before its connection is closed.</summary>
    public TimeSpan LingerTime { get; init; } = LingeringClose.TimeMax;

    /// <summary>The clients' connections that are open.</summary>
    public OpenConnections Connections { get; } = new(Deadlines);

    /// <summary>How far a stop of the proxy has come.</summary>
    internal Drain Drain => Connections.Progress;

    /// <summary>The header that carries the request id.</summary>
    internal RequestIdHeader RequestId { get; } = new(RequestIdHeader);

    /// <summary>The fields of responses, for any version of HTTP.</summary>
    internal ResponseFields ResponseFields { get; } = new(new DateField(Deadlines), IsHipache);

    /// <summary>Returns when the backend's time for a response is over, on the clock; 0 is never.</summary>
    internal long AnswerBy(Exchange exchange) => Deadlines.After(exchange.Timing.AnswerTimeFrom, Timeouts.Request);
}
