namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>
/// Intervals of medians by drawing again from what was measured. The same figures give the same interval each time.
/// </summary>
internal static class Bootstrap
{
    // With five pairs, 99 percent requires that all five agree before two builds count as different. With seven pairs,
    // 95 percent requires only that six agree, which happens by chance in one comparison of eight.
    private const double Confidence = 0.99;
    private const int Draws = 4000;
    private const int Seed = 1;

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The interval of the median.</summary>
    public static Interval OfMedian(IReadOnlyList<double> values) => Of(random => Median(Draw(values, random)));

    /// <summary>The interval of the ratio of two medians whose figures are no pairs.</summary>
    public static Interval OfMedianRatio(IReadOnlyList<double> numerators, IReadOnlyList<double> denominators) =>
        Of(random => Median(Draw(numerators, random)) / Median(Draw(denominators, random)));

    private static Interval Of(Func<Random, double> draw)
    {
        var random = new Random(Seed);
        double[] sorted = [.. Enumerable.Range(0, Draws).Select(_ => draw(random)).Order()];
        var beyond = (int)(Draws * (1 - Confidence) / 2);
        return new Interval(sorted[beyond], sorted[^(beyond + 1)]);
    }

    private static double[] Draw(IReadOnlyList<double> values, Random random) =>
        [.. values.Select(_ => values[random.Next(values.Count)])];
}

/// <summary>Where a figure lies with 99 percent confidence.</summary>
internal readonly record struct Interval(double Low, double High);
