using Proxy.Core;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http.Telemetry;

/// <summary>How the route of a request was found.</summary>
internal enum RouteLookup : byte
{
    /// <summary>No route was looked up.</summary>
    None,

    /// <summary>The route was in memory.</summary>
    Hit,

    /// <summary>The route had to be read from the store.</summary>
    Miss,

    /// <summary>It was known in memory that the host has no route.</summary>
    Negative,

    /// <summary>A possibly outdated route in memory was used, because the store is unavailable.</summary>
    Stale,
}

/// <summary>The upper bounds of the histogram buckets, in seconds.</summary>
internal static class Buckets
{
    /// <summary>The default buckets of Go's Prometheus client, which the Go planb uses.</summary>
    public static readonly double[] Default = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <summary>For the proxy's own time, which is mostly below the first default bucket.</summary>
    public static readonly double[] Overhead = [.00005, .0001, .0002, .0003, .0005, .001, .002, .005, .01, .05, .1, 1];

    /// <summary>For tunnels: a second to a day.</summary>
    public static readonly double[] Tunnel = [1, 10, 60, 300, 1800, 3600, 21_600, 86_400];
}

/// <summary>
/// The counters and histograms of exchanges. A request costs about a dozen additions to memory of its event loop: no
/// lock, no allocation, no dictionary lookup.
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
    private readonly int _loopCount;

    // By method and protocol. Created on first use, because most of them never occur.
    private readonly Counters?[] _requests = new Counters?[Methods * Protocols];

    /// <param name="loopCount">The number of event loops.</param>
    /// <param name="busiest">The hosts with counters of their own; null for none.</param>
    public ExchangeMeter(int loopCount, BusiestHosts? busiest = null)
    {
        var next = Enum.GetValues<ExchangeCounter>().Length;
        _lookups = Take(Enum.GetValues<RouteLookup>().Length);
        _total = new Histogram(Take(Histogram.CountersOf(Buckets.Default)), Buckets.Default);
        _backend = new Histogram(Take(Histogram.CountersOf(Buckets.Default)), Buckets.Default);
        _own = new Histogram(Take(Histogram.CountersOf(Buckets.Overhead)), Buckets.Overhead);
        _tunnel = new Histogram(Take(Histogram.CountersOf(Buckets.Tunnel)), Buckets.Tunnel);
        _outcomes = Take(Enum.GetValues<ExchangeOutcome>().Length);
        _answers = Take(Statuses);
        var hosts = Take(busiest is null ? 0 : HostMeter.CountersOf(busiest));
        (_loopCount, _counters) = (loopCount, new Counters(loopCount, next));
        if (busiest is not null) _hosts = new HostMeter(_counters, hosts, busiest);

        int Take(int count) => (next += count) - count;
    }

    /// <summary>Number of requests in progress, without tunnels.</summary>
    public long InFlight => Math.Max(0, Sum(ExchangeCounter.Begun) - Sum(ExchangeCounter.Ended));

    /// <summary>Number of open tunnels.</summary>
    public long OpenTunnels => Math.Max(0, Sum(ExchangeCounter.TunnelsBegun) - Sum(ExchangeCounter.TunnelsEnded));

    /// <summary>Returns the number of request heads read on one event loop.</summary>
    public long BegunAt(int loop) => _counters.Of(loop, (int)ExchangeCounter.Begun);

    /// <summary>Number of request heads read on all threads.</summary>
    public long Begun => Sum(ExchangeCounter.Begun);

    internal HistogramSnapshot Total => _total.Read(_counters);

    internal HistogramSnapshot Backend => _backend.Read(_counters);

    internal HistogramSnapshot Own => _own.Read(_counters);

    internal HistogramSnapshot Tunnel => _tunnel.Read(_counters);

    internal HostMeter? Hosts => _hosts;

    /// <summary>Counts an exchange whose request head was read.</summary>
    internal void Begin(Exchange exchange)
    {
        exchange.IsMetered = true;
        At(exchange.Client).Add((int)ExchangeCounter.Begun);
    }

    /// <summary>
    /// Counts the end of an exchange. A second call, or one without <see cref="Begin"/>, does nothing.
    /// </summary>
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

    internal void CountRetry(Exchange exchange, ExchangeCounter reason) => At(exchange.Client).Add((int)reason);

    internal void BeginTunnel(Connection client) => At(client).Add((int)ExchangeCounter.TunnelsBegun);

    /// <summary>Counts bytes forwarded through a tunnel.</summary>
    internal void CountTunnelBytes(Connection client, ExchangeCounter direction, long bytes) =>
        At(client).Add((int)direction, bytes);

    internal void EndTunnel(Connection client, Tunnel tunnel)
    {
        var cells = At(client);
        cells.Add((int)ExchangeCounter.TunnelsEnded);
        _tunnel.Observe(cells, tunnel.TotalTime);
    }

    internal long Sum(ExchangeCounter counter) => _counters.Sum((int)counter);

    internal long Sum(RouteLookup lookup) => _counters.Sum(_lookups + (int)lookup);

    internal long Sum(ExchangeOutcome outcome) => _counters.Sum(_outcomes + (int)outcome);

    /// <summary>Returns the number of requests for backends that were answered with this status.</summary>
    internal long Answers(int status) => _counters.Sum(_answers + status - StatusMin);

    /// <summary>Returns the number of all requests with this method and version answered with this status.</summary>
    internal long Requests(int status, Method method, ProtocolVersion version) =>
        _requests[((int)method * Protocols) + (int)version] is { } counters ? counters.Sum(status - StatusMin) : 0;

    // The exchanges in the access log, which are also those in the Go planb's metrics.
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
            Interlocked.CompareExchange(ref counters, new Counters(_loopCount, Statuses), null) ?? counters;
    }

    private CounterCells At(Connection client) => _counters.At(LoopOf(client));

    private static int LoopOf(Connection client) => client.IsOnLoop ? client.LoopIndex : Counters.Nowhere;
}
