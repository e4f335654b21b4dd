namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>Another commit of this repository in a folder of its own, gone when disposed.</summary>
internal sealed class Worktree : IAsyncDisposable
{
    private readonly string _source;
    private readonly string _program;

    private Worktree(string commit, string scratch)
    {
        Commit = commit;
        _source = Path.Combine(scratch, "baseline");
        _program = Path.Combine(scratch, "baseline-program");
    }

    /// <summary>Its short name.</summary>
    public string Commit { get; }

    /// <exception cref="BenchFailure">There is no such commit.</exception>
    public static async Task<Worktree> CheckOutAsync(string commit, string scratch, CancellationToken stop)
    {
        var git = Programs.Need("git", "which keeps the commits");
        var (name, failed) = await Command.RunAsync(
            stop, git, "rev-parse", "--verify", "--quiet", "--short=7", commit + "^{commit}");
        if (failed != 0) throw new BenchFailure($"{commit} is no commit here, no result.json, and no file");
        var worktree = new Worktree(name, scratch);
        await MustAsync(stop, git, "worktree", "add", "--detach", worktree._source, name);
        return worktree;
    }

    /// <summary>Builds the program and returns its path.</summary>
    /// <exception cref="BenchFailure">It does not build.</exception>
    public async Task<string> PublishAsync(CancellationToken stop)
    {
        await MustAsync(
            stop, "dotnet", "publish", Path.Combine(_source, "Proxy.Host"), "-c", "Release", "-r", "linux-x64",
            "-o", _program, "-v", "q", "--nologo");
        return Path.Combine(_program, "planb");
    }

    public async ValueTask DisposeAsync() =>
        await Command.RunAsync(CancellationToken.None, "git", "worktree", "remove", "--force", _source);

    private static async Task MustAsync(CancellationToken stop, params string[] command)
    {
        var (output, failed) = await Command.RunAsync(stop, command);
        if (failed != 0) throw new BenchFailure($"{string.Join(' ', command)}\n{output}");
    }
}
