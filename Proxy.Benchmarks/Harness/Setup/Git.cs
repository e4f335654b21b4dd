namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>The state of this repository.</summary>
internal static class Git
{
    /// <summary>Returns the source of a planb file.</summary>
    /// <returns>
    /// The short commit, with a plus if files differ, for the one that <c>build.sh</c> publishes; else its path.
    /// </returns>
    public static async Task<string> DescribeAsync(string file, CancellationToken stop)
    {
        if (file != BenchOptions.Published || Programs.Find("git") is not { } git) return file;
        var (commit, failed) = await Command.RunAsync(
            stop, git, "describe", "--always", "--dirty=+", "--abbrev=7", "--exclude=*");
        return failed == 0 ? commit : file;
    }
}
