using System.Diagnostics;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Program;

/// <summary>
/// The program in a network of its own, where its own listener has the only port that connections may be made from.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PortShortageTests
{
    private const int Port = 40000, MetricsPort = 9113;

    private const string OwnNetwork =
        "ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && " +
        "echo '40000 40000' > /proc/sys/net/ipv4/ip_local_port_range && exec \"$@\"";

    private const string Routes =
        "rpush frontend:a.com a http://127.0.0.1:9 http://127.0.0.2:9\n" +
        "rpush frontend:named.com a http://localhost:9\n" +
        "rpush frontend:v6.com a http://[::1]:9\n";

    private readonly string _routes = Path.GetTempFileName();

    [TearDown]
    public void Clean() => File.Delete(_routes);

    [TestCase("native")]
    [TestCase("sockets")]
    public async Task NoPortLeft_IsToldAndMarksNobody(string engine)
    {
        await using var planb = await StartAsync(engine);
        Assert.That(await AskAsync(planb, "a.com"), Is.EqualTo("503"));
        Assert.That(await AskAsync(planb, "named.com"), Is.EqualTo("503"));
        Assert.That(await planb.ErrorLineAsync("dial tcp 127.0.0."), Does.Contain(":9: no local port is free"));
        await planb.ErrorLineAsync("dial tcp localhost:9: no local port is free");
        Assert.That(planb.Errors, Does.Not.Contain("*DEAD*"));
        var page = await CurlAsync(planb, $"http://127.0.0.1:{MetricsPort}/metrics");
        Assert.That(page, Does.Contain("planb_errors_total{reason=\"out_of_connections\"} 2\n"));
        Assert.That(page, Does.Contain("planb_backends_dead 0\n"));
    }

    [TestCase("native")]
    [TestCase("sockets")]
    public async Task AddressThatNothingHereCanReach_IsMarked(string engine)
    {
        await using var planb = await StartAsync(engine);
        Assert.That(await AskAsync(planb, "v6.com"), Is.EqualTo("503"));
        Assert.That(await planb.ErrorLineAsync("*DEAD*"), Does.Contain("[::1]:9"));
    }

    private async Task<PlanbProcess> StartAsync(string engine)
    {
        using var attempt = Process.Start("unshare", ["-rn", "true"]);
        await attempt.WaitForExitAsync();
        if (attempt.ExitCode != 0) Assert.Ignore("a network of one's own is not allowed here");
        await File.WriteAllTextAsync(_routes, Routes);
        var planb = PlanbProcess.StartUnder(
            ["unshare", "-rn", "bash", "-c", OwnNetwork, "bash"],
            "--listen", $"127.0.0.1:{Port}", "--metrics-address", $"127.0.0.1:{MetricsPort}",
            "--routes", _routes, "--access-log", "none", "--engine", engine);
        await planb.ListeningAsync();
        return planb;
    }

    private static Task<string> AskAsync(PlanbProcess planb, string host) =>
        CurlAsync(planb, $"-o /dev/null -w '%{{http_code}}' -H 'Host: {host}' http://127.0.0.1:{Port}/");

    // The clients' connections come from named ports, which are theirs regardless of the range.
    private static Task<string> CurlAsync(PlanbProcess planb, string arguments) => Shell.RunAsync(
        $"nsenter -t {planb.Id} -U --preserve-credentials -n curl -s --local-port 50000-50100 {arguments}");
}
