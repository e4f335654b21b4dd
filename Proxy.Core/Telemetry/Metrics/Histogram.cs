namespace Proxy.Core.Telemetry.Metrics;

/// <summary>
/// Durations in buckets, stored in counters: one per bucket, one for longer durations, one for the sum.
/// </summary>
public sealed class Histogram
{
    private readonly int _first;
    private readonly long[] _bounds;

    /// <param name="first">The first of its counters.</param>
    /// <param name="bounds">The upper bounds of the buckets in seconds, ascending.</param>
    public Histogram(int first, ReadOnlySpan<double> bounds)
    {
        _first = first;
        Bounds = bounds.ToArray();
        _bounds = Array.ConvertAll(Bounds, seconds => (long)Math.Round(seconds * TimeSpan.TicksPerSecond));
    }

    /// <summary>The upper bounds of the buckets in seconds.</summary>
    public double[] Bounds { get; }

    private int Sum => _first + _bounds.Length + 1;

    /// <summary>Returns how many counters a histogram with these bounds takes.</summary>
    public static int CountersOf(ReadOnlySpan<double> bounds) => bounds.Length + 2;

    /// <summary>Counts one duration. Buckets are searched from below: most durations are short.</summary>
    public void Observe(CounterCells cells, TimeSpan duration)
    {
        var ticks = duration.Ticks;
        var bucket = 0;
        while (bucket < _bounds.Length && ticks > _bounds[bucket]) bucket++;
        cells.Add(_first + bucket);
        cells.Add(Sum, ticks);
    }

    /// <summary>Returns the durations of each bucket alone, the last one without a bound.</summary>
    public HistogramSnapshot Read(Counters counters)
    {
        var counts = new long[_bounds.Length + 1];
        for (var i = 0; i < counts.Length; i++) counts[i] = counters.Sum(_first + i);
        return new HistogramSnapshot(Bounds, counts, TimeSpan.FromTicks(counters.Sum(Sum)));
    }
}

/// <summary>The content of a histogram at one moment.</summary>
/// <param name="Bounds">The upper bounds of the buckets in seconds.</param>
/// <param name="Counts">The durations of each bucket alone, and last those beyond all bounds.</param>
/// <param name="Sum">The sum of all durations.</param>
public sealed record HistogramSnapshot(double[] Bounds, long[] Counts, TimeSpan Sum)
{
    /// <summary>How many durations were counted.</summary>
    public long Count => Counts.Sum();
}
