using System.Globalization;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>The output on the terminal: a table per scenario as soon as it is measured.</summary>
internal sealed class TextReport(TextWriter writer, double tolerance)
{
    public void Open(BenchResult result)
    {
        var machine = result.Machine;
        writer.WriteLine($"""
            candidate  {result.Candidate}
            baseline   {result.Baseline ?? "none"}
            machine    {machine.Cpu}, {machine.Cores} cores, Linux {machine.Kernel}, governor {machine.Governor}
            cores      {machine.Pinning}
            """);
        if (machine.LoadAverage > machine.Cores / 2.0)
            writer.WriteLine($"caution    other work on this machine: load average {machine.LoadAverage:0.0}");
    }

    public void Write(ScenarioResult scenario)
    {
        writer.WriteLine($"\n{scenario.Name}: {scenario.Title}");
        if (scenario.Rounds is not { } rounds)
        {
            writer.WriteLine($"  {scenario.Skipped}");
            return;
        }

        if (rounds.Baseline.Count == 0) WriteAlone(scenario);
        else WriteComparison(scenario, rounds);
        WriteCaveats(scenario, rounds);
    }

    public void Close(BenchResult result, string folder)
    {
        writer.WriteLine($"\n{MarkdownLine.Of(result)}\n\nwritten: {folder}/{ResultFile.Name} {folder}/report.svg");
        writer.WriteLine(result.Scenarios.Any(scenario => scenario.IsFailed(tolerance))
            ? $"verdict: worse by more than {100 * tolerance:0.#} %, or requests failed"
            : $"verdict: nothing is worse by more than {100 * tolerance:0.#} %");
    }

    private void WriteAlone(ScenarioResult scenario)
    {
        foreach (var figure in scenario.Comparisons)
            writer.WriteLine($"  {figure.Metric,-20}{Figure(figure.Candidate),10}");
    }

    private void WriteComparison(ScenarioResult scenario, ScenarioRounds rounds)
    {
        writer.WriteLine($"  {"",-20}{"baseline",10}{"candidate",11}{"ratio",8}  {"99 % interval",-15}  verdict");
        foreach (var it in scenario.Comparisons)
        {
            var about = it.Judgement is { } judgement ? Text(judgement)
                : it.Candidate is null ? "" : $"{"",27}not judged: too few requests";
            writer.WriteLine($"  {it.Metric,-20}{Figure(it.Baseline),10}{Figure(it.Candidate),11}{about}");
        }

        if (!rounds.ArePairs) writer.WriteLine("  not interleaved: the baseline was measured at another time");
        if (rounds.ConfirmedFrom is not null)
            writer.WriteLine("  a difference appeared: measured again, and only differences in both runs count");
    }

    private static string Text(Judgement it) =>
        $"{it.Ratio,8:0.000}  {$"{it.Low:0.000} .. {it.High:0.000}",-15}  {it}";

    private void WriteCaveats(ScenarioResult scenario, ScenarioRounds rounds)
    {
        Measurement[] all = [.. rounds.Baseline, .. rounds.Candidate];
        writer.WriteLine($"  {rounds.Candidate.Count} rounds of {all[0].Requests} requests. " +
            $"At most the generator used {Worst(round => round.GeneratorShare)} of a core " +
            $"and sent {Worst(round => round.LateShare)} over 100 us late; " +
            $"{Worst(round => round.QueuedShare)} waited for a connection");
        if (scenario.Bare is { } bare)
        {
            writer.WriteLine($"  without a proxy: p50 {bare.Latencies.Microseconds(50):0.0} us, " +
                $"p99 {bare.Latencies.Microseconds(99):0.0} us");
        }

        foreach (var (build, of) in new[] { ("baseline", rounds.Baseline), ("candidate", rounds.Candidate) })
        {
            if (of.FirstOrDefault(round => round.Failures > 0) is not { } failed) continue;
            var count = of.Sum(round => round.Failures);
            writer.WriteLine($"  FAILED requests of the {build}: {count}, first: {failed.FirstFailure}");
        }

        string Worst(Func<Measurement, double> share) => $"{100 * all.Max(share):0.#} %";
    }

    private static string Figure(double? figure) => figure switch
    {
        null => "n/a",
        >= 1000 => figure.Value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => figure.Value.ToString("0.0", CultureInfo.InvariantCulture),
    };
}
