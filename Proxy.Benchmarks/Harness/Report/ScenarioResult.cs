using Proxy.Benchmarks.Harness.Setup;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>The result of one scenario.</summary>
/// <param name="Name">As in <c>--scenario</c>.</param>
/// <param name="Title">What happens in it.</param>
/// <param name="Rounds">Null if it was skipped.</param>
/// <param name="Bare">The same load without a proxy; null if that cannot be.</param>
internal sealed record ScenarioResult(string Name, string Title, ScenarioRounds? Rounds, Measurement? Bare)
{
    /// <summary>Why it was skipped; empty if it was not.</summary>
    public string Skipped { get; init; } = "";

    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    public static ScenarioResult Of(Scenario scenario, ScenarioRounds rounds, Measurement? bare)
    {
        var title = $"{scenario.Title}, {scenario.Connections} clients, {scenario.Rate} a second";
        return new ScenarioResult(scenario.Name, title, rounds, bare) { Comparisons = rounds.Compare() };
    }

    public static ScenarioResult OfSkipped(string name, string title, string why) =>
        new(name, title, null, null) { Skipped = why };

    /// <summary>Whether requests of the candidate failed, or a figure is worse than is tolerated.</summary>
    public bool IsFailed(double tolerance) =>
        (Rounds is { } rounds && rounds.Candidate.Any(round => round.Failures > 0)) ||
        Comparisons.Any(it => it.Judgement is { } judgement && judgement.IsWorseBeyond(tolerance));
}
