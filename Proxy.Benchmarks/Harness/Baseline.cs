using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;

namespace Proxy.Benchmarks.Harness;

/// <summary>The baseline of the candidate: a build, the stored result of an earlier run, or nothing.</summary>
internal sealed class Baseline : IAsyncDisposable
{
    private Worktree? _worktree;

    /// <summary>A build that is measured alternately with the candidate; null for none.</summary>
    public Build? Build { get; private init; }

    /// <summary>A result of another time; null for none.</summary>
    public BenchResult? Stored { get; private init; }

    /// <summary>The name in the report; null without a baseline.</summary>
    public string? Name =>
        Build?.ToString() ?? (Stored is null ? null : $"{Stored.Candidate} of {Stored.Date:yyyy-MM-dd}");

    /// <summary>Finds or builds the baseline of the options.</summary>
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
