using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Http.Telemetry;

/// <summary>
/// The metrics of the busiest hosts, each with its own counters, and of all others together. A host is named as in the
/// route table, so that clients cannot create labels. When a host loses its slot, its counts move to the others, so
/// that no counter ever decreases.
/// </summary>
internal sealed class HostMeter
{
    /// <summary>The label value of all other hosts.</summary>
    public const string Others = "_other";

    private const int Classes = 5;
    private static readonly string[] ClassNames = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Counters _counters;
    private readonly BusiestHosts _busiest;
    private readonly int _first;
    private readonly Histogram[] _times;
    private readonly long[] _offsets;
    private long _rebalancedAt;

    public HostMeter(Counters counters, int first, BusiestHosts busiest)
    {
        (_counters, _first, _busiest) = (counters, first, busiest);
        _times = new Histogram[busiest.Count + 1];
        for (var slot = 0; slot < _times.Length; slot++)
            _times[slot] = new Histogram(FirstOf(slot) + Classes, Buckets.Default);
        _offsets = new long[CountersOf(busiest)];
    }

    /// <summary>Minimum time between two reassignments of slots, however often the metrics are read.</summary>
    internal TimeSpan RebalancePeriod { get; init; } = TimeSpan.FromSeconds(1);

    private static int CountersOfSlot => Classes + Histogram.CountersOf(Buckets.Default);

    private int OthersSlot => _busiest.Count;

    /// <summary>Returns the number of counters needed.</summary>
    public static int CountersOf(BusiestHosts busiest) => (busiest.Count + 1) * CountersOfSlot;

    /// <summary>Counts a request of the route's host.</summary>
    public void Count(CounterCells cells, Route? route, int status, TimeSpan total)
    {
        // A slot that is reassigned at this moment may count a request of the previous host, which is harmless.
        var slot = route is { CounterSlot: >= 0 and var slotOfRoute } ? slotOfRoute : OthersSlot;
        if (status is >= 100 and < 600) cells.Add(FirstOf(slot) + (status / 100) - 1);
        _times[slot].Observe(cells, total);
    }

    /// <summary>Assigns the slots to the busiest hosts and writes the metrics; for one thread at a time.</summary>
    public void WriteTo(MetricsText text)
    {
        var now = Environment.TickCount64;
        if (now - _rebalancedAt >= RebalancePeriod.TotalMilliseconds)
        {
            _rebalancedAt = now;
            _busiest.Rebalance(OnVacated);
        }

        text.Family(
            MetricKind.Counter, "planb_host_requests_total", "Requests of the busiest hosts by class of status.");
        ForEachSlot((slot, host) =>
        {
            for (var i = 0; i < Classes; i++)
                text.Sample(CountOf(FirstOf(slot) + i), ("host", host), ("code_class", ClassNames[i]));
        });
        text.Family(
            MetricKind.Histogram, "planb_host_request_duration_seconds", "Latencies of the busiest hosts in seconds.");
        ForEachSlot((slot, host) => text.Sample(TimesOf(slot), ("host", host)));
    }

    private void ForEachSlot(Action<int, string> write)
    {
        for (var slot = 0; slot < _busiest.Count; slot++)
            if (_busiest[slot] is { } host) write(slot, host);
        write(OthersSlot, Others);
    }

    // The counters of a slot are never reset: their values at the time of assignment are subtracted. The offset of the
    // others is negative, because it adds the counts of hosts that lost their slots.
    private void OnVacated(int slot)
    {
        for (var i = 0; i < CountersOfSlot; i++)
        {
            var counted = CountOf(FirstOf(slot) + i);
            _offsets[IndexOf(slot) + i] += counted;
            _offsets[IndexOf(OthersSlot) + i] -= counted;
        }
    }

    private HistogramSnapshot TimesOf(int slot)
    {
        var counts = new long[Buckets.Default.Length + 1];
        for (var i = 0; i < counts.Length; i++) counts[i] = CountOf(FirstOf(slot) + Classes + i);
        var sum = CountOf(FirstOf(slot) + Classes + counts.Length);
        return new HistogramSnapshot(Buckets.Default, counts, TimeSpan.FromTicks(sum));
    }

    private long CountOf(int counter) => _counters.Sum(counter) - _offsets[counter - _first];

    private int FirstOf(int slot) => _first + IndexOf(slot);

    private static int IndexOf(int slot) => slot * CountersOfSlot;
}
