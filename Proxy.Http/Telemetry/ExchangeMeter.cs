using Proxy.Core;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http.Telemetry;

/// <summary>
/// Counts exchanges, as they happen. A request costs about a dozen additions to memory that is its event loop's own:
/// no lock, no allocation, no look-up.
/// </summary>
public sealed class ExchangeMeter
{
    internal const int StatusMin = 100;
    internal const int StatusMax = 599;
    private const int Statuses = StatusMax - StatusMin + 1;
    private const int Methods = (int)Method.Trace + 1;
    private const int Protocols = (int)ProtocolVersion.Http11 + 1;

    private readonly Counters _counters;
    private readonly Histogram _total;
    private readonly Histogram _backend;
    private readonly Histogram _own;
    private readonly Histogram _tunnel;
    private readonly HostMeter? _hosts;
    private readonly int _lookups;
    private readonly int _outcomes;
    private readonly int _answers;
    private readonly int _homes;

    // By method and protocol, made when they are needed: most of them never are.
    private readonly Counters?[] _requests = new Counters?[Methods * Protocols];

    /// <param name="homes">How many homes the transport's connections can have.</param>
    /// <param name="busiest">The hosts that are counted one by one; null for none.</param>
    public ExchangeMeter(int homes, BusiestHosts? busiest = null)
    {
        var next = Enum.GetValues<ExchangeCounter>().Length;
        _lookups = Take(Enum.GetValues<RouteLookup>().Length);
        _total = new Histogram(Take(Histogram.CountersOf(Buckets.Seed)), Buckets.Seed);
        _backend = new Histogram(Take(Histogram.CountersOf(Buckets.Seed)), Buckets.Seed);
        _own = new Histogram(Take(Histogram.CountersOf(Buckets.Own)), Buckets.Own);
        _tunnel = new Histogram(Take(Histogram.CountersOf(Buckets.Tunnel)), Buckets.Tunnel);
        _outcomes = Take(Enum.GetValues<ExchangeOutcome>().Length);
        _answers = Take(Statuses);
        var hosts = Take(busiest is null ? 0 : HostMeter.CountersOf(busiest));
        (_homes, _counters) = (homes, new Counters(homes, next));
        if (busiest is not null) _hosts = new HostMeter(_counters, hosts, busiest);

        int Take(int count) => (next += count) - count;
    }

    /// <summary>Requests that are being answered; tunnels are none.</summary>
    public long InFlight => Math.Max(0, Sum(ExchangeCounter.Begun) - Sum(ExchangeCounter.Ended));

    /// <summary>Tunnels that are open.</summary>
    public long OpenTunnels => Math.Max(0, Sum(ExchangeCounter.TunnelsBegun) - Sum(ExchangeCounter.TunnelsEnded));

    /// <summary>Requests whose head was read on one of the transport's homes.</summary>
    public long BegunAt(int home) => _counters.Of(home, (int)ExchangeCounter.Begun);

    /// <summary>Requests whose head was read, on all threads.</summary>
    public long Begun => Sum(ExchangeCounter.Begun);

    internal HistogramSnapshot Total => _total.Read(_counters);

    internal HistogramSnapshot Backend => _backend.Read(_counters);

    internal HistogramSnapshot Own => _own.Read(_counters);

    internal HistogramSnapshot Tunnel => _tunnel.Read(_counters);

    internal HostMeter? Hosts => _hosts;

    /// <summary>A request's head was read.</summary>
    internal void Begin(Exchange exchange)
    {
        exchange.IsMetered = true;
        At(exchange.Client).Add((int)ExchangeCounter.Begun);
    }

    /// <summary>An exchange is over; a second call does nothing, and so does one without <see cref="Begin"/>.</summary>
    internal void End(Exchange exchange)
    {
        if (!exchange.IsMetered) return;
        exchange.IsMetered = false;
        var cells = At(exchange.Client);
        var (status, request) = (exchange.Status, exchange.Request);
        if (exchange.Failure != Failure.None) cells.Add(_outcomes + (int)ExchangeOutcomes.Of(exchange));
        if (status is >= StatusMin and <= StatusMax)
            RequestsOf(request.Method, request.Version).At(LoopOf(exchange.Client)).Add(status - StatusMin);
        if (exchange.RequestBody.DataBytes is > 0 and var bytes) cells.Add((int)ExchangeCounter.RequestBytes, bytes);
        if (exchange.BodyBytes > 0) cells.Add((int)ExchangeCounter.ResponseBytes, exchange.BodyBytes);
        if (exchange.Lookup != RouteLookup.None) EndForwarded(exchange, cells);
        cells.Add((int)ExchangeCounter.Ended);
    }

    internal void Retried(Exchange exchange, ExchangeCounter reason) => At(exchange.Client).Add((int)reason);

    internal void BeginTunnel(Connection client) => At(client).Add((int)ExchangeCounter.TunnelsBegun);

    /// <summary>Bytes of a tunnel have been passed on.</summary>
    internal void Passed(Connection client, ExchangeCounter direction, long bytes) =>
        At(client).Add((int)direction, bytes);

    internal void EndTunnel(Connection client, Tunnel tunnel)
    {
        var cells = At(client);
        cells.Add((int)ExchangeCounter.TunnelsEnded);
        _tunnel.Observe(cells, tunnel.TotalTime);
    }

    internal long Sum(ExchangeCounter tally) => _counters.Sum((int)tally);

    internal long Sum(RouteLookup lookup) => _counters.Sum(_lookups + (int)lookup);

    internal long Sum(ExchangeOutcome outcome) => _counters.Sum(_outcomes + (int)outcome);

    /// <summary>Requests that were forwarded, or should have been, and got this status.</summary>
    internal long Answers(int status) => _counters.Sum(_answers + status - StatusMin);

    /// <summary>All requests that got this status.</summary>
    internal long Requests(int status, Method method, ProtocolVersion version) =>
        _requests[((int)method * Protocols) + (int)version] is { } counters ? counters.Sum(status - StatusMin) : 0;

    // What the access log tells of, and the seed's metrics with it.
    private void EndForwarded(Exchange exchange, CounterCells cells)
    {
        var status = exchange.Status;
        cells.Add(_lookups + (int)exchange.Lookup);
        if (status is >= StatusMin and <= StatusMax) cells.Add(_answers + status - StatusMin);
        if (exchange.Tunnel is not null) return;
        var total = exchange.Timing.TotalTime;
        _total.Observe(cells, total);
        _backend.Observe(cells, exchange.Timing.BackendTime);
        if (exchange.Timing.OwnTime is { } own) _own.Observe(cells, own);
        _hosts?.Count(cells, exchange.Choice.Route, status, total);
    }

    private Counters RequestsOf(Method method, ProtocolVersion version)
    {
        ref var counters = ref _requests[((int)method * Protocols) + (int)version];
        return Volatile.Read(ref counters) ??
            Interlocked.CompareExchange(ref counters, new Counters(_homes, Statuses), null) ?? counters;
    }

    private CounterCells At(Connection client) => _counters.At(LoopOf(client));

    private static int LoopOf(Connection client) => client.IsOnLoop ? client.LoopIndex : Counters.Nowhere;
}
