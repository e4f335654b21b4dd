using System.Diagnostics;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>Commands that run to their end.</summary>
internal static class Command
{
    /// <summary>What it wrote to stdout and stderr, and its exit code.</summary>
    public static async Task<(string Output, int ExitCode)> RunAsync(CancellationToken stop, params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var errors = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return ((await output + await errors).Trim(), process.ExitCode);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
