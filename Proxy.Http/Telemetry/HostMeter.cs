using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Http.Telemetry;

/// <summary>
/// Counts the busiest hosts one by one and all others together. A host is what the route table calls it, so that
/// clients cannot make any up. Who loses the seat among the busiest is counted with the others from the beginning, so
/// that no number ever falls.
/// </summary>
internal sealed class HostMeter
{
    /// <summary>The label of all the others.</summary>
    public const string Others = "_other";

    private const int Classes = 5;
    private static readonly string[] ClassNames = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Counters _counters;
    private readonly BusiestHosts _busiest;
    private readonly int _first;
    private readonly Histogram[] _times;
    private readonly long[] _before;
    private long _lookedAt;

    public HostMeter(Counters counters, int first, BusiestHosts busiest)
    {
        (_counters, _first, _busiest) = (counters, first, busiest);
        _times = new Histogram[busiest.Count + 1];
        for (var seat = 0; seat < _times.Length; seat++)
            _times[seat] = new Histogram(FirstOf(seat) + Classes, Buckets.Seed);
        _before = new long[CountersOf(busiest)];
    }

    /// <summary>The seats are not given more often, however often the numbers are asked for.</summary>
    internal TimeSpan RebalancePeriod { get; init; } = TimeSpan.FromSeconds(1);

    private static int CountersOfSeat => Classes + Histogram.CountersOf(Buckets.Seed);

    private int OthersSeat => _busiest.Count;

    /// <summary>How many counters so many hosts take.</summary>
    public static int CountersOf(BusiestHosts busiest) => (busiest.Count + 1) * CountersOfSeat;

    public void Count(CounterCells cells, Route? route, int status, TimeSpan total)
    {
        // A seat that changes hands at this moment may get a request of the one before: nobody can tell.
        var seat = route is { CounterSlot: >= 0 and var taken } ? taken : OthersSeat;
        if (status is >= 100 and < 600) cells.Add(FirstOf(seat) + (status / 100) - 1);
        _times[seat].Observe(cells, total);
    }

    /// <summary>Seats the busiest and writes what was counted; for one thread at a time.</summary>
    public void WriteTo(MetricsText text)
    {
        var now = Environment.TickCount64;
        if (now - _lookedAt >= RebalancePeriod.TotalMilliseconds)
        {
            _lookedAt = now;
            _busiest.Rebalance(Vacated);
        }

        text.Family(
            MetricKind.Counter, "planb_host_requests_total", "Requests of the busiest hosts by class of status.");
        ForEachSeat((seat, host) =>
        {
            for (var i = 0; i < Classes; i++)
                text.Sample(CountOf(FirstOf(seat) + i), ("host", host), ("code_class", ClassNames[i]));
        });
        text.Family(
            MetricKind.Histogram, "planb_host_request_duration_seconds", "Latencies of the busiest hosts in seconds.");
        ForEachSeat((seat, host) => text.Sample(TimesOf(seat), ("host", host)));
    }

    private void ForEachSeat(Action<int, string> write)
    {
        for (var seat = 0; seat < _busiest.Count; seat++)
            if (_busiest[seat] is { } host) write(seat, host);
        write(OthersSeat, Others);
    }

    // The counters of a seat go on; what they held before its host came is subtracted. For the others it is negative:
    // what the hosts had that are now among them.
    private void Vacated(int seat)
    {
        for (var i = 0; i < CountersOfSeat; i++)
        {
            var counted = CountOf(FirstOf(seat) + i);
            _before[IndexOf(seat) + i] += counted;
            _before[IndexOf(OthersSeat) + i] -= counted;
        }
    }

    private HistogramSnapshot TimesOf(int seat)
    {
        var counts = new long[Buckets.Seed.Length + 1];
        for (var i = 0; i < counts.Length; i++) counts[i] = CountOf(FirstOf(seat) + Classes + i);
        var sum = CountOf(FirstOf(seat) + Classes + counts.Length);
        return new HistogramSnapshot(Buckets.Seed, counts, TimeSpan.FromTicks(sum));
    }

    private long CountOf(int counter) => _counters.Sum(counter) - _before[counter - _first];

    private int FirstOf(int seat) => _first + IndexOf(seat);

    private static int IndexOf(int seat) => seat * CountersOfSeat;
}
