namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>What was measured in one scene, a round each.</summary>
/// <param name="Baseline">Empty if there is none.</param>
/// <param name="Candidate">The build that is judged.</param>
/// <param name="ArePairs">Whether both were measured in turns, so that rounds of the same number belong together.
/// </param>
/// <param name="ConfirmedFrom">The first round of those that were added because something looked different.</param>
internal sealed record ScenarioRounds(
    IReadOnlyList<Measurement> Baseline,
    IReadOnlyList<Measurement> Candidate,
    bool ArePairs,
    int? ConfirmedFrom = null)
{
    /// <summary>All figures, compared.</summary>
    public IReadOnlyList<Comparison> Compare() => [.. Metric.All.Select(metric => Comparison.Of(metric, this))];
}
