using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;

namespace Proxy.Benchmarks.Harness;

/// <summary>Runs the scenarios one after the other, both builds alternately.</summary>
internal sealed class Bench(BenchOptions options, TextReport report)
{
    /// <exception cref="BenchFailure">A part cannot start or cannot be built.</exception>
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

        var scenarios = new List<ScenarioResult>();
        await using var testBed = await TestBed.OpenAsync(cores, scratch.Path, stop);
        foreach (var scenario in options.Scenarios)
        {
            var run = new ScenarioRun(testBed, scenario, candidate, baseline, options);
            scenarios.Add(await run.RunAsync(stop));
            report.Write(scenarios[^1]);
        }

        return result with { Scenarios = scenarios };
    }

    private static string FileOf(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new BenchFailure($"there is no {path}; ./build.sh bench makes it");
}

/// <summary>A folder for temporary files.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("planb-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
