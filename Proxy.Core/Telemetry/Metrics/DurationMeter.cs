using System.Diagnostics;

namespace Proxy.Core.Telemetry.Metrics;

/// <summary>A histogram for rare events, which any thread may count.</summary>
public sealed class DurationMeter
{
    private readonly Histogram _histogram;
    private readonly Counters _counters;

    /// <summary>Creates an empty histogram; the bounds of its buckets are in seconds, ascending.</summary>
    public DurationMeter(ReadOnlySpan<double> bounds)
    {
        _histogram = new Histogram(0, bounds);
        _counters = new Counters(0, Histogram.CountersOf(bounds));
    }

    /// <summary>Returns what has been counted so far.</summary>
    public HistogramSnapshot Reading => _histogram.Read(_counters);

    /// <summary>Counts the time since a moment of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public void ObserveSince(long timestamp) =>
        _histogram.Observe(_counters.At(Counters.Nowhere), Stopwatch.GetElapsedTime(timestamp));
}
