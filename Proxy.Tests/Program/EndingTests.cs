using System.Globalization;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Program;

/// <summary>Signals before the proxy runs, and until the process has ended.</summary>
public sealed class EndingTests
{
    private const int HangUp = 1, Terminate = 15;

    [Test]
    public async Task SignalsUntilTheEnd_ChangeNoExitCode()
    {
        const int Rounds = 20;
        for (var round = 0; round < Rounds; round++)
        {
            await using var planb = PlanbProcess.Start(
                "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none");
            await planb.ListeningAsync();
            var signals = string.Join(" && ", "TERM HUP USR1 INT".Split(' ').Select(it => $"kill -{it} {planb.Id}"));
            await Shell.RunAsync($"while {signals}; do :; done 2>/dev/null; true");
            Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
            Assert.That(planb.Errors, Does.Contain("Stopping listening on "));
        }
    }

    [TestCase("flag")]
    [TestCase("environment")]
    public async Task StartThatWaits_IsEndedInOrder(string place)
    {
        var folder = Directory.CreateTempSubdirectory("planb-waits-");
        try
        {
            var pipe = Path.Combine(folder.FullName, "pipe");
            await Shell.RunAsync($"mkfifo {pipe}");
            var environment = new Dictionary<string, string>();
            if (place == "environment") environment["PLANB_READ_REDIS_PASSWORD_FILE"] = pipe;
            await using var planb = PlanbProcess.StartWith(
                environment, "--listen", "127.0.0.1:0", "--access-log", "none",
                "--routes", place == "flag" ? pipe : "/dev/null");
            await Eventually.IsTrue(
                () => Heeds(planb.Id, HangUp) && Heeds(planb.Id, Terminate), "it handles both signals");
            await planb.SignalAsync("HUP");
            await planb.SignalAsync("TERM");
            Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool Heeds(int process, int signal)
    {
        var caught = File.ReadLines($"/proc/{process}/status")
            .Single(line => line.StartsWith("SigCgt:", StringComparison.Ordinal)).Split('\t')[1];
        return (ulong.Parse(caught, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }
}
