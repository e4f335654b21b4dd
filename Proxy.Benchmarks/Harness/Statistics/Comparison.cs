namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>
/// One metric of one scenario: medians over the rounds, and how they compare if there is a baseline. A figure without
/// requests enough in each round is reported without a verdict.
/// </summary>
internal sealed record Comparison(string Metric, double? Baseline, double? Candidate, Judgement? Judgement)
{
    public static Comparison Of(Metric metric, ScenarioRounds rounds)
    {
        var (before, now) = (metric.OfAll(rounds.Baseline), metric.OfAll(rounds.Candidate));
        return new Comparison(metric.Name, MedianOf(before), MedianOf(now), Judge(metric, rounds, before, now));
    }

    private static Judgement? Judge(Metric metric, ScenarioRounds rounds, double[]? before, double[]? now)
    {
        if (before is not { Length: > 0 } || now is not { Length: > 0 }) return null;
        if (!rounds.Baseline.Concat(rounds.Candidate).All(metric.IsJudged)) return null;
        if (!rounds.ArePairs) return Judgement.OfSeparate(before, now);

        var judgement = Judgement.OfPairs(before, now);
        if (rounds.ConfirmedFrom is not { } first || !judgement.IsDifference) return judgement;

        // Among so many figures one looks different by luck now and then, and hardly ever twice.
        var again = Judgement.OfPairs(before[first..], now[first..]);
        return again.Verdict == judgement.Verdict ? judgement : again.WithoutDifference();
    }

    private static double? MedianOf(double[]? figures) =>
        figures is { Length: > 0 } ? Bootstrap.Median(figures) : null;
}
