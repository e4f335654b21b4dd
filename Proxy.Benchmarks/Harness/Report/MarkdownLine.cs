using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>A run in one line for a pull request.</summary>
internal static class MarkdownLine
{
    private const int FiguresAlone = 4;

    public static string Of(BenchResult result)
    {
        var against = result.Baseline is null ? "" : $" against {result.Baseline}";
        return $"**bench** {result.Candidate}{against}: {string.Join("; ", result.Scenes.Select(Of))}";
    }

    private static string Of(ScenarioResult scene)
    {
        if (scene.Rounds is null) return $"{scene.Name} skipped";
        string[] told = [.. scene.Comparisons.Where(IsTold).Select(Of)];
        return told.Length == 0 ? $"{scene.Name} no difference seen" : $"{scene.Name} {string.Join(", ", told)}";
    }

    // Alone the first figures, compared what differs.
    private static bool IsTold(Comparison it) => it.Baseline is null
        ? Metric.All.Take(FiguresAlone).Any(metric => metric.Name == it.Metric)
        : it.Judgement is { IsDifference: true };

    private static string Of(Comparison it) => it.Judgement is { } judgement
        ? $"{it.Metric} x{judgement.Ratio:0.00} {judgement}"
        : $"{it.Metric} {it.Candidate:0.#}";
}
