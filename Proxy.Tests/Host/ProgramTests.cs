using System.Diagnostics;
using NUnit.Framework;

namespace Proxy.Tests.Host;

public class ProgramTests
{
    private static readonly TimeSpan RunMax = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Help_IsOnStdoutAndExitsZero()
    {
        var (exit, output, errors) = await RunAsync("--help");
        Assert.That(exit, Is.Zero);
        Assert.That(output, Does.Contain("--listen ADDRESS"));
        Assert.That(errors, Is.Empty);
    }

    [Test]
    public async Task BadUsage_IsOnStderrAndExitsTwo()
    {
        var (exit, output, errors) = await RunAsync("--lisen", ":1", "--dial-timeout=abc");
        Assert.That(exit, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo([
            "planb: flag provided but not defined: --lisen (did you mean --listen?)",
            "planb: invalid value \"abc\" for flag --dial-timeout: must be a time such as 30s, 1m30s or 300ms " +
            "(units: ns, us, ms, s, m, h; a number alone is seconds), 0 or more"]));
    }

    private static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] typed)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "planb"), typed)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new AssertionException("It does not start.");
        using var timeout = new CancellationTokenSource(RunMax);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await output, await errors);
    }
}
