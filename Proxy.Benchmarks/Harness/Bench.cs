using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;

namespace Proxy.Benchmarks.Harness;

/// <summary>Runs the scenes one after the other, both builds in turns.</summary>
internal sealed class Bench(BenchOptions options, TextReport report)
{
    /// <exception cref="BenchFailure">Something stands in the way.</exception>
    public async Task<BenchResult> RunAsync(CancellationToken stop)
    {
        using var scratch = new ScratchFolder();
        await using var baseline = await Baseline.FindAsync(options, scratch.Path, stop);
        var candidate = new Build(await Git.DescribeAsync(options.Planb, stop), FileOf(options.Planb), options.Flags);
        var cores = Cores.Split();
        var result = new BenchResult
        {
            Date = DateTimeOffset.UtcNow,
            Machine = Machine.Describe(cores),
            Candidate = candidate.ToString(),
            Baseline = baseline.Name,
            Tolerance = options.Tolerance,
        };
        report.Open(result);

        var scenes = new List<ScenarioResult>();
        await using var theatre = await TestBed.OpenAsync(cores, scratch.Path, stop);
        foreach (var scene in options.Scenes)
        {
            var run = new ScenarioRun(theatre, scene, candidate, baseline, options);
            scenes.Add(await run.RunAsync(stop));
            report.Write(scenes[^1]);
        }

        return result with { Scenes = scenes };
    }

    private static string FileOf(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new BenchFailure($"there is no {path}; ./build.sh bench makes it");
}
