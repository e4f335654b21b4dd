using System.Text.Json.Serialization;

namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>
/// Candidate against baseline: the median ratio of pairs, its confidence interval, and the verdict. 1 is equal.
/// </summary>
internal sealed record Judgement(double Ratio, double Low, double High, Verdict Verdict)
{
    private const int PairsMin = 3;

    /// <summary>The difference in percent that would have been seen.</summary>
    public double DetectablePercent => 100 * Math.Max(High - 1, 1 - Low);

    /// <summary>Figures of rounds that were measured alternately.</summary>
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

    public bool IsDifference => Verdict is Verdict.Better or Verdict.Worse;

    /// <summary>Whether it is worse by more than a share of it is tolerated.</summary>
    public bool IsWorseBeyond(double tolerance) => Verdict == Verdict.Worse && Ratio > 1 + tolerance;

    /// <summary>Whether it differs by more than such a share.</summary>
    public bool IsDifferenceBeyond(double tolerance) => IsDifference && Math.Abs(Ratio - 1) > tolerance;

    /// <summary>Returns the same figures with a weaker verdict.</summary>
    public Judgement WithoutDifference() => this with { Verdict = Verdict.NoSignificantDifference };

    public override string ToString() => Verdict switch
    {
        Verdict.Better => "better",
        Verdict.Worse => "worse",
        Verdict.NoSignificantDifference => $"no significant difference (detectable: {DetectablePercent:0.#} %)",
        _ => "no verdict",
    };

    private static Judgement Of(double ratio, Interval interval, int rounds)
    {
        var verdict = rounds < PairsMin || !double.IsFinite(ratio) ? Verdict.None
            : interval.Low > 1 ? Verdict.Worse
            : interval.High < 1 ? Verdict.Better
            : Verdict.NoSignificantDifference;
        return new Judgement(ratio, interval.Low, interval.High, verdict);
    }
}

/// <summary>The verdict on two builds. Less is better for every metric.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>Too few rounds, or too few requests in each.</summary>
    None,

    NoSignificantDifference,

    Better,

    Worse,
}
