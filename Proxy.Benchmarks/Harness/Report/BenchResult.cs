using Proxy.Benchmarks.Harness.Setup;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>Everything of one run: what <c>result.json</c> holds.</summary>
internal sealed record BenchResult
{
    public required DateTimeOffset Date { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>Commit and flags.</summary>
    public required string Candidate { get; init; }

    /// <summary>Commit and flags; null if there was nothing to compare with.</summary>
    public required string? Baseline { get; init; }

    public required double Tolerance { get; init; }

    public IReadOnlyList<ScenarioResult> Scenarios { get; init; } = [];

    /// <summary>Returns the measurements of the candidate in a scenario; none if it was skipped.</summary>
    public IReadOnlyList<Measurement> RoundsOf(string scenario) =>
        Scenarios.FirstOrDefault(it => it.Name == scenario)?.Rounds?.Candidate ?? [];
}
