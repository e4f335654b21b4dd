using System.Text.Json;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>The history of measurements: a line per scenario, append-only.</summary>
internal static class History
{
    public static void Append(BenchResult result, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.AppendAllLines(path, result.Scenarios.Where(it => it.Rounds is not null).Select(it => Line(result, it)));
    }

    private static string Line(BenchResult result, ScenarioResult scenario) => JsonSerializer.Serialize(new
    {
        date = result.Date.ToString("yyyy-MM-ddTHH:mm:ssZ"),
        build = result.Candidate,
        machine = $"{result.Machine.Cpu}, {result.Machine.Cores} cores, {result.Machine.Kernel}",
        load = Math.Round(result.Machine.LoadAverage, 1),
        scenario = scenario.Name,
        rounds = scenario.Rounds!.Candidate.Count,
        figures = scenario.Comparisons
            .Where(it => it.Candidate is not null)
            .ToDictionary(it => it.Metric, it => Math.Round(it.Candidate!.Value, 1)),
    });
}
