using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary>What the program does without stdin, stdout or stderr.</summary>
public sealed class StandardDescriptorTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n";

    [TestCase("<&-", 0)]
    [TestCase(">&-", 1)]
    [TestCase("2>&-", 2)]
    [TestCase("<&- >&- 2>&-", 0, 1, 2)]
    public async Task ClosedOnes_AreGivenToNobodyElse(string closing, params int[] closed)
    {
        using var reserved = new ReservedPort();
        var port = reserved.Number;
        await using var planb = PlanbProcess.StartUnder(
            ["bash", "-c", $"exec \"$@\" {closing}", "bash"],
            "--listen", $"127.0.0.1:{port}", "--routes", "/dev/null", "--access-log", "stdout");
        await Eventually.IsTrue(() => AnswersAsync(port), "it serves");
        foreach (var descriptor in closed)
        {
            var leadsTo = new FileInfo($"/proc/{planb.Id}/fd/{descriptor}").LinkTarget;
            Assert.That(leadsTo, Is.EqualTo("/dev/null"), $"{descriptor}");
        }

        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [TestCase("--version", ">&- 2>&- <&-", 1)]
    [TestCase("--version", "2>&- <&-", 0)]
    [TestCase("--version", ">/dev/full", 1)]
    [TestCase("--nonsense", "2>&- <&-", 2)]
    public async Task TextThatNobodyGets_IsInTheExitCode(string flag, string redirection, int expected)
    {
        await using var planb = PlanbProcess.StartUnder(["bash", "-c", $"exec \"$@\" {redirection}", "bash"], flag);
        Assert.That(await planb.ExitAsync(), Is.EqualTo(expected), planb.Errors);
    }

    [Test]
    public async Task LogOnAPipeThatNobodyReads_IsToldAndCostsNoRequest()
    {
        using var routes = new RoutesFile("http://127.0.0.1:1");
        await using var planb = PlanbProcess.StartUnder(
            ["bash", "-c", "exec \"$@\" > >(exec true)", "bash"],
            "--listen", "127.0.0.1:0", "--routes", routes.Path, "--access-log", "stdout");
        var port = (await planb.ListeningAsync()).Port;
        await Eventually.IsTrue(
            async () =>
            {
                Assert.That(await Peer.AskAsync(port, Get), Does.StartWith("HTTP/1.1 503 "));
                return planb.Errors.Contains("access log on stdout: Broken pipe", StringComparison.Ordinal);
            },
            "it is logged");
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        Assert.That(planb.Errors, Does.Contain("lines were dropped"));
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            Assert.That(
                await Peer.AskAsync(port, Get), Does.StartWith("HTTP/1.1 400 ").And.EndWith("no such route"));
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
