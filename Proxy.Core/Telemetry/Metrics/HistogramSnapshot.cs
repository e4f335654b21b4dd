namespace Proxy.Core.Telemetry.Metrics;

/// <summary>What a histogram holds at one moment.</summary>
/// <param name="Bounds">The upper bounds of the buckets in seconds.</param>
/// <param name="Counts">The durations of each bucket alone, and at last those beyond all bounds.</param>
/// <param name="Sum">All durations together.</param>
public sealed record HistogramSnapshot(double[] Bounds, long[] Counts, TimeSpan Sum)
{
    /// <summary>How many durations were counted.</summary>
    public long Count => Counts.Sum();
}
