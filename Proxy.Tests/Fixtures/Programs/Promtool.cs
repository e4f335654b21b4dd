using System.Diagnostics;
using NUnit.Framework;

namespace Proxy.Tests.Fixtures.Programs;

/// <summary>
/// Prometheus' own checker, where it is installed (Debian's package prometheus, which is too large to ask for): a test
/// that needs it is skipped elsewhere.
/// </summary>
internal static class Promtool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Reads and lints a page of metrics.</summary>
    public static Task CheckMetricsAsync(string page) => RunAsync(["check", "metrics"], page);

    /// <summary>Reads a file of rules.</summary>
    public static Task CheckRulesAsync(string path) => RunAsync(["check", "rules", path], "");

    private static async Task RunAsync(string[] arguments, string input)
    {
        var start = new ProcessStartInfo("promtool", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var promtool = Start(start);
        await promtool.StandardInput.WriteAsync(input);
        promtool.StandardInput.Close();
        var output = promtool.StandardOutput.ReadToEndAsync();
        var errors = promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(promtool.ExitCode, Is.Zero, $"{await output}\n{await errors}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("promtool is not installed");
            throw;
        }
    }
}
