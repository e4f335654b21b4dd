namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>The measurements of one scenario, one per round.</summary>
/// <param name="Baseline">Empty if there is none.</param>
/// <param name="Candidate">The build that is judged.</param>
/// <param name="ArePairs">Whether both were measured alternately, so that rounds of the same number belong together.
/// </param>
/// <param name="ConfirmedFrom">The first round of those that were added because a difference appeared.</param>
internal sealed record ScenarioRounds(
    IReadOnlyList<Measurement> Baseline,
    IReadOnlyList<Measurement> Candidate,
    bool ArePairs,
    int? ConfirmedFrom = null)
{
    /// <summary>All figures, compared.</summary>
    public IReadOnlyList<Comparison> Compare() => [.. Metric.All.Select(metric => Comparison.Of(metric, this))];
}
