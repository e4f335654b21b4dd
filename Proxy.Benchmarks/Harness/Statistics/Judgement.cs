namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>
/// Candidate against baseline: the median ratio of pairs, where it lies, and what can be said of it. 1 is equal.
/// </summary>
internal sealed record Judgement(double Ratio, double Low, double High, Verdict Verdict)
{
    private const int PairsMin = 3;

    /// <summary>The difference in percent that would have been seen.</summary>
    public double CouldHaveSeenPercent => 100 * Math.Max(High - 1, 1 - Low);

    /// <summary>Figures of rounds that were measured in turns.</summary>
    public static Judgement OfPairs(IReadOnlyList<double> baseline, IReadOnlyList<double> candidate)
    {
        double[] ratios = [.. candidate.Zip(baseline, (now, before) => now / before)];
        return Of(Bootstrap.Median(ratios), Bootstrap.OfMedian(ratios), ratios.Length);
    }

    /// <summary>Figures that were measured at different times: the machine may have changed between.</summary>
    public static Judgement OfSeparate(IReadOnlyList<double> baseline, IReadOnlyList<double> candidate) => Of(
        Bootstrap.Median(candidate) / Bootstrap.Median(baseline),
        Bootstrap.OfMedianRatio(candidate, baseline),
        Math.Min(baseline.Count, candidate.Count));

    /// <summary>Whether it is worse by more than a share of it is tolerated.</summary>
    public bool IsWorseBeyond(double tolerance) => Verdict == Verdict.Worse && Ratio > 1 + tolerance;

    /// <summary>The same figures, of which less can be said.</summary>
    public Judgement WithoutDifference() => this with { Verdict = Verdict.NoDifferenceSeen };

    public override string ToString() => Verdict switch
    {
        Verdict.Better => "better",
        Verdict.Worse => "worse",
        Verdict.NoDifferenceSeen => $"no difference seen (could have seen {CouldHaveSeenPercent:0.#} %)",
        _ => "no verdict",
    };

    private static Judgement Of(double ratio, Interval interval, int rounds)
    {
        var verdict = rounds < PairsMin || !double.IsFinite(ratio) ? Verdict.None
            : interval.Low > 1 ? Verdict.Worse
            : interval.High < 1 ? Verdict.Better
            : Verdict.NoDifferenceSeen;
        return new Judgement(ratio, interval.Low, interval.High, verdict);
    }
}
