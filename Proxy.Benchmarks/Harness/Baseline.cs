using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;

namespace Proxy.Benchmarks.Harness;

/// <summary>What the candidate is compared with: a build, or what an earlier run stored; or nothing.</summary>
internal sealed class Baseline : IAsyncDisposable
{
    private Worktree? _worktree;

    /// <summary>Measured in turns with the candidate, if there is one.</summary>
    public Build? Build { get; private init; }

    /// <summary>Measured at another time, if there is one.</summary>
    public BenchResult? Stored { get; private init; }

    /// <summary>For the report; null if there is nothing to compare with.</summary>
    public string? Name =>
        Build?.ToString() ?? (Stored is null ? null : $"{Stored.Candidate} of {Stored.Date:yyyy-MM-dd}");

    /// <summary>Finds or makes what the options name.</summary>
    /// <exception cref="BenchFailure">It cannot be found, read or built.</exception>
    public static async Task<Baseline> FindAsync(BenchOptions options, string scratch, CancellationToken stop)
    {
        var flags = options.BaselineFlags ?? [];
        if (options.Baseline is not { } typed)
        {
            if (options.BaselineFlags is null) return new Baseline();
            var name = await Git.DescribeAsync(options.Planb, stop);
            return new Baseline { Build = new Build(name, Full(options.Planb), flags) };
        }

        if (typed.EndsWith(".json", StringComparison.Ordinal)) return new Baseline { Stored = ResultFile.Read(typed) };
        if (File.Exists(typed)) return new Baseline { Build = new Build(typed, Full(typed), flags) };

        var worktree = await Worktree.CheckOutAsync(typed, scratch, stop);
        try
        {
            var program = await worktree.PublishAsync(stop);
            return new Baseline { Build = new Build(worktree.Commit, program, flags), _worktree = worktree };
        }
        catch
        {
            await worktree.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _worktree?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Full(string path) => Path.GetFullPath(path);
}
