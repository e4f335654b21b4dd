using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>A run in one line for a pull request.</summary>
internal static class MarkdownLine
{
    private const int FiguresAlone = 4;

    public static string Of(BenchResult result)
    {
        var against = result.Baseline is null ? "" : $" against {result.Baseline}";
        return $"**bench** {result.Candidate}{against}: {string.Join("; ", result.Scenarios.Select(Of))}";
    }

    private static string Of(ScenarioResult scenario)
    {
        if (scenario.Rounds is null) return $"{scenario.Name} skipped";
        string[] reported = [.. scenario.Comparisons.Where(IsReported).Select(Of)];
        return $"{scenario.Name} {(reported.Length == 0 ? "no difference" : string.Join(", ", reported))}";
    }

    // Alone the first figures, compared what differs.
    private static bool IsReported(Comparison it) => it.Baseline is null
        ? Metric.All.Take(FiguresAlone).Any(metric => metric.Name == it.Metric)
        : it.Judgement is { IsDifference: true };

    private static string Of(Comparison it) => it.Judgement is { } judgement
        ? $"{it.Metric} x{judgement.Ratio:0.00} {judgement}"
        : $"{it.Metric} {it.Candidate:0.#}";
}
