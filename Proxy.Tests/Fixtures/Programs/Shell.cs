using System.Diagnostics;
using NUnit.Framework;

namespace Proxy.Tests.Fixtures.Programs;

/// <summary>Commands as a person types them.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Runs a command that has to succeed, and returns what it wrote to stdout.</summary>
    public static Task<string> RunAsync(string command) => RunAsync(command, Limit);

    /// <summary>The same, with a time limit of its own.</summary>
    public static async Task<string> RunAsync(string command, TimeSpan limit)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        shell.StandardInput.Close();
        try
        {
            var output = shell.StandardOutput.ReadToEndAsync();
            var errors = shell.StandardError.ReadToEndAsync();
            await shell.WaitForExitAsync().WaitAsync(limit);
            Assert.That(shell.ExitCode, Is.Zero, $"{command}\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
        }
    }
}
