using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Program;

/// <summary>HUP is answered by a line with what was reopened and reread, and what could not be.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReloadTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("planb-reload").FullName;

    private string Routes => Path.Combine(_folder, "routes");

    private string Log => Path.Combine(_folder, "access.log");

    [TestCase("native")]
    [TestCase("sockets")]
    public async Task Hup_SaysWhatWasReopenedAndReread(string engine)
    {
        WriteRoutes("a.com", "b.com");
        Write("a.com");
        Write("b.com");
        await using var planb = await StartAsync(engine);
        await AssertHupAsync(planb, "HUP: access log $log reopened; 2 certificates reread, 0 of them changed; " +
            "$routes reread: 2 hosts");

        WriteRoutes("a.com");
        Write("a.com");
        await File.WriteAllTextAsync(Path.Combine(_folder, "b.com.crt"), "no certificate");
        var line = await AssertHupAsync(
            planb, "1 certificates reread, 1 of them changed, 1 failed: certificate \"b.com\" ");
        Assert.That(line, Does.EndWith($"; {Routes} reread: 1 hosts"));
    }

    [Test]
    public async Task HupWithWhatCannotBeRead_SaysSoAndServesWhatItHas()
    {
        WriteRoutes("a.com");
        await using var planb = await StartAsync("native");
        var port = (await planb.ListeningAsync()).Port;
        File.Delete(Routes);
        File.Delete(Log);
        Directory.CreateDirectory(Log);
        await AssertHupAsync(planb, "HUP: cannot open access log $log: Is a directory; keeping the old file; " +
            "no certificates to reread: they are read when clients request them; cannot read $routes: ");
        Assert.That(
            await Peer.AskAsync(port, "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n"),
            Does.StartWith("HTTP/1.1 503 "), "its route is known still");
    }

    [Test]
    public async Task HupWithNothingToDo_SaysSoEachTime()
    {
        using var redis = RedisServer.Start();
        var port = $"{redis.Port}";
        await using var planb = PlanbProcess.Start("--listen", "127.0.0.1:0", "--access-log", "stdout",
            "--read-redis-port", port, "--write-redis-port", port);
        await planb.ListeningAsync();
        for (var times = 1; times < 3; times++)
        {
            await planb.SignalAsync("HUP");
            Assert.That(
                () => planb.Errors.Split("HUP: nothing to reload: ").Length - 1,
                Is.EqualTo(times).After(10_000, 20), planb.Errors);
        }
    }

    [Test]
    public async Task LinesThatCannotBeUsed_AreCounted()
    {
        WriteRoutes("a.com");
        await using var planb = await StartAsync("native");
        await File.AppendAllTextAsync(Routes, "what is this\n");
        await AssertHupAsync(
            planb, "$routes reread: 1 hosts, 1 lines ignored (planb check --routes lists them)");
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<PlanbProcess> StartAsync(string engine)
    {
        var planb = PlanbProcess.Start("--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--engine", engine,
            "--load-certificates-from", _folder, "--routes", Routes, "--access-log", Log);
        await planb.ListeningAsync(isTls: true);
        return planb;
    }

    private async Task<string> AssertHupAsync(PlanbProcess planb, string wanted)
    {
        await planb.SignalAsync("HUP");
        var line = await planb.ErrorLineAsync(wanted.Replace("$log", Log).Replace("$routes", Routes));
        Assert.That(line, Does.Match(@"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d HUP: "));
        return line;
    }

    private void WriteRoutes(params string[] hosts) => File.WriteAllLines(
        Routes, hosts.Select(host => $"rpush frontend:{host} app http://127.0.0.1:{ScriptedBackend.ClosedPort()}"));

    private void Write(string name)
    {
        var pem = _authority.Issue(name);
        File.WriteAllText(Path.Combine(_folder, name + ".crt"), pem.Certificate);
        File.WriteAllText(Path.Combine(_folder, name + ".key"), pem.Key);
    }
}
