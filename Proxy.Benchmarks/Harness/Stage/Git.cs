namespace Proxy.Benchmarks.Harness.Stage;

/// <summary>What this repository is at.</summary>
internal static class Git
{
    /// <summary>The short commit, with a plus if files differ; the file's name outside a repository.</summary>
    public static async Task<string> DescribeAsync(string file, CancellationToken stop)
    {
        if (Programs.Find("git") is not { } git) return file;
        var (commit, failed) = await Command.RunAsync(
            stop, git, "describe", "--always", "--dirty=+", "--abbrev=7", "--exclude=*");
        return failed == 0 ? commit : file;
    }
}
