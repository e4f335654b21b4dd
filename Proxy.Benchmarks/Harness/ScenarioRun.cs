using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness;

/// <summary>One scenario: A B, B A, A B ... and as many rounds again if something looks different.</summary>
internal sealed class ScenarioRun(
    TestBed testBed, Scenario scenario, Build candidate, Baseline baseline, BenchOptions options)
{
    private readonly List<Measurement> _before = [];
    private readonly List<Measurement> _now = [];

    public async Task<ScenarioResult> RunAsync(CancellationToken stop)
    {
        if (Skipped() is { } why) return ScenarioResult.OfSkipped(scenario.Name, scenario.Title, why);

        await testBed.PrepareAsync(scenario, stop);
        var bare = scenario.Kind == Load.LoadKind.Tls
            ? null
            : await testBed.MeasureBareAsync(scenario, options.Seconds / 2, stop);
        await RoundsAsync(stop);
        var rounds = Rounds();
        if (MustConfirm(rounds))
        {
            var first = _now.Count;
            await RoundsAsync(stop);
            rounds = Rounds() with { ConfirmedFrom = first };
        }

        return ScenarioResult.Of(scenario, rounds, bare);
    }

    private string? Skipped() =>
        scenario.Kind == Load.LoadKind.Tls && !Builds().All(build => build.Knows("--tls-listen"))
            ? "skipped: not all builds have --tls-listen"
            : null;

    private IEnumerable<Build> Builds() => baseline.Build is { } build ? [build, candidate] : [candidate];

    // Which of the two is first changes each time, so that what drifts does not always favour the same one.
    private async Task RoundsAsync(CancellationToken stop)
    {
        for (var round = 0; round < options.Pairs; round++)
        {
            if (baseline.Build is { } build && round % 2 == 0) _before.Add(await MeasureAsync(build, stop));
            _now.Add(await MeasureAsync(candidate, stop));
            if (baseline.Build is { } later && round % 2 == 1) _before.Add(await MeasureAsync(later, stop));
        }
    }

    private Task<Measurement> MeasureAsync(Build build, CancellationToken stop) =>
        testBed.MeasureAsync(scenario, build, options.Seconds, stop);

    private ScenarioRounds Rounds() => baseline.Stored is { } stored
        ? new ScenarioRounds(stored.RoundsOf(scenario.Name), _now, ArePairs: false)
        : new ScenarioRounds([.. _before], [.. _now], ArePairs: true);

    private bool MustConfirm(ScenarioRounds rounds) => !options.IsQuick && rounds.ArePairs &&
        rounds.Compare().Any(it => it.Judgement is { } judgement && judgement.IsDifferenceBeyond(options.Tolerance));
}
