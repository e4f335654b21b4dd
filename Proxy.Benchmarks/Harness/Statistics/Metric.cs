namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>A figure that builds are compared by: its name, its unit, and how a round gives it.</summary>
internal sealed record Metric(string Name, Func<Measurement, double?> Of, double? Percentile = null)
{
    // Fewer requests than this beyond a percentile make it a figure of chance.
    private const int CountBeyondMin = 10;
    private const double Mebibyte = 1024 * 1024;

    public static IReadOnlyList<Metric> All { get; } =
    [
        new("CPU us, busy", round => round.BusyCpuMicroseconds),
        new("CPU us, at rate", round => round.CpuMicroseconds),
        OfPercentile("p50 us", 50),
        OfPercentile("p99 us", 99),
        OfPercentile("p99.9 us", 99.9),
        OfPercentile("p99.99 us", 99.99),
        new("RSS MiB", round => round.ResidentBytes / Mebibyte),
        new("allocated B", round => round.AllocatedBytes),
    ];

    /// <summary>The figures of all rounds; null if one of them has none.</summary>
    public double[]? OfAll(IReadOnlyList<Measurement> rounds)
    {
        double?[] figures = [.. rounds.Select(Of)];
        return figures.All(figure => figure is not null) ? [.. figures.Select(figure => figure!.Value)] : null;
    }

    /// <summary>Whether a round has enough requests to be judged by this.</summary>
    public bool IsJudged(Measurement round) =>
        Percentile is not { } percentile || round.Latencies.CountBeyond(percentile) >= CountBeyondMin;

    private static Metric OfPercentile(string name, double percentile) =>
        new(name, round => round.Latencies.Microseconds(percentile), percentile);
}
