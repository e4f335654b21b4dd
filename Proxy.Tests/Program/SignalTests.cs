using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Program;

/// <summary>What signals do to the running program.</summary>
public sealed class SignalTests
{
    [TestCase(false)]
    [TestCase(true, Description = "started with HUP ignored")]
    public async Task Hup_ReopensTheRenamedLog_AndTermEndsItInOrder(bool isUnderNohup)
    {
        var folder = Directory.CreateTempSubdirectory("planb-signals");
        try
        {
            using var backend = new AnsweringBackend(200);
            var routes = Path.Combine(folder.FullName, "routes");
            var log = Path.Combine(folder.FullName, "access.log");
            await File.WriteAllTextAsync(routes, $"rpush frontend:a.com app {backend.Url}\n");
            await using var planb = PlanbProcess.StartUnder(
                isUnderNohup ? ["nohup"] : ["env"],
                "--listen", "127.0.0.1:0", "--routes", routes, "--access-log", log);
            var address = await planb.ListeningAsync();

            await AskAsync(address.Port, "/before");
            Assert.That(() => File.ReadAllText(log), Does.Contain("GET /before").After(5000, 20));
            File.Move(log, log + ".1");
            await planb.SignalAsync("HUP");
            Assert.That(() => File.Exists(log), Is.True.After(5000, 20));
            await AskAsync(address.Port, "/after");
            await planb.SignalAsync("TERM");

            Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
            Assert.That(await File.ReadAllTextAsync(log), Does.Contain("GET /after").And.Not.Contain("/before"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task User1_PrintsConnectionsLoopsThreadsAndMemory()
    {
        using var backend = new ScriptedBackend();
        using var routes = new RoutesFile(backend.Url);
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", routes.Path, "--access-log", "none");
        var port = (await planb.ListeningAsync()).Port;
        using var idle = await Peer.ConnectAsync(port);
        using var waiting = await Peer.ConnectAsync(port);
        await waiting.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n");
        using var asked = await backend.AcceptAsync();
        await asked.ReadHeadAsync();
        using var upgraded = await Peer.ConnectAsync(port);
        await upgraded.SendAsync("GET / HTTP/1.1\r\nHost: A.com\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n");
        using var other = await backend.AcceptAsync();
        await other.ReadHeadAsync();
        await other.SendAsync("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\nhello");
        await upgraded.ReadHeadAsync();
        await upgraded.ReadAsync(5);

        await planb.SignalAsync("USR1");
        await planb.OutputLineAsync("== end");

        Assert.That(planb.Output, Does.Match(@"connections: 3 open, 1 request in flight, 1 tunnel"));
        Assert.That(planb.Output, Does.Match($@"idle +{idle.Socket.LocalEndPoint} loop \d"));
        Assert.That(planb.Output, Does.Match($@"waiting for backend +{waiting.Socket.LocalEndPoint} loop \d a\.com\n"));
        Assert.That(planb.Output, Does.Match($@"tunnel +{upgraded.Socket.LocalEndPoint} loop \d A\.com\n"));
        Assert.That(planb.Output, Does.Match(@"loop 0: \d+ descriptors"));
        Assert.That(planb.Output, Does.Match(@"\d+  loop 0 +user "));
        Assert.That(planb.Output, Does.Contain("collections: "));
        await asked.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await waiting.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 "));
    }

    [Test]
    public async Task QuitIgnoredByTheShell_IsLogged()
    {
        await using var planb = PlanbProcess.StartUnder(
            ["bash", "-c", "trap '' QUIT && exec \"$@\"", "bash"],
            "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none");
        await planb.ListeningAsync();
        await planb.SignalAsync("QUIT");
        await planb.ErrorLineAsync("signal QUIT is ignored");
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [Test]
    public async Task User2_IsAProfileInAFile_EvenIfTheProcessStops()
    {
        await using var planb = PlanbProcess.Start("--listen", "127.0.0.1:0", "--routes", "/dev/null");
        await planb.ListeningAsync();
        await planb.SignalAsync("USR2");
        await planb.ErrorLineAsync("taking a profile for 30 seconds");
        await planb.SignalAsync("USR2");
        await planb.ErrorLineAsync("a profile is already being taken");
        await planb.SignalAsync("TERM");
        var line = await planb.ErrorLineAsync("the profile is in ");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        var file = line[line.IndexOf('/', line.IndexOf(" in ", StringComparison.Ordinal))..];
        var page = await File.ReadAllTextAsync(file);
        File.Delete(file);
        Assert.That(page, Does.Contain("the process is stopping").And.Contain("loop 0: "));
        Assert.That(page, Does.Contain("lock contentions"));
    }

    [Test]
    public async Task LogThatMayNotGrow_IsToldAndEndsNothing()
    {
        Assume.That(PlanbProcess.IsPublished, "the runtime of the built program needs to write larger files");
        using var backend = new AnsweringBackend(200);
        using var routes = new RoutesFile(backend.Url);
        var log = Path.GetTempFileName();
        await using var planb = PlanbProcess.StartLimited(
            "-f 1", "--listen", "127.0.0.1:0", "--routes", routes.Path, "--access-log", log);
        var port = (await planb.ListeningAsync()).Port;
        for (var i = 0; i < 20; i++) await AskAsync(port, "/x");
        await planb.ErrorLineAsync($"cannot write access log {log}: File too large");
        await AskAsync(port, "/y");
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [Test]
    public async Task Hup_RereadsTheFileOfRoutes()
    {
        using var before = new AnsweringBackend(201);
        using var after = new AnsweringBackend(202);
        using var routes = new RoutesFile(before.Url);
        var stamp = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(routes.Path, stamp);
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", routes.Path, "--access-log", "none");
        var port = (await planb.ListeningAsync()).Port;
        Assert.That(await StatusAsync(port), Is.EqualTo("201"));

        // As long as before and as old as before: nothing but the signal shows that it has changed.
        routes.PointTo(after.Url);
        File.SetLastWriteTimeUtc(routes.Path, stamp);
        await planb.SignalAsync("HUP");
        Assert.That(async () => await StatusAsync(port), Is.EqualTo("202").After(5000, 20));
    }

    [Test]
    public async Task DrainDelay_GoesOnAcceptingUntilASecondSignal()
    {
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", "/dev/null", "--access-log", "none", "--drain-delay", "10m");
        var port = (await planb.ListeningAsync()).Port;
        await planb.SignalAsync("TERM");
        Assert.That(
            await Peer.AskAsync(port, "GET / HTTP/1.1\r\nHost: __ping__\r\nConnection: close\r\n\r\n"),
            Does.StartWith("HTTP/1.1 200 "));
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        Assert.That(planb.Errors, Does.Contain("Stopping listening on "));
    }

    [Test]
    public async Task RequestsAtTheDrainsLimit_HaveTheirLines()
    {
        using var backend = new ScriptedBackend();
        using var routes = new RoutesFile(backend.Url);
        await using var planb = PlanbProcess.Start(
            "--listen", "127.0.0.1:0", "--routes", routes.Path, "--drain-timeout", "100ms", "--access-log", "stdout");
        using var client = await Peer.ConnectAsync((await planb.ListeningAsync()).Port);
        await client.SendAsync("GET /slow HTTP/1.1\r\nHost: a.com\r\n\r\n");
        using var asked = await backend.AcceptAsync();
        await asked.ReadHeadAsync();
        await planb.SignalAsync("TERM");
        Assert.That(await client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        Assert.That(planb.Errors, Does.Contain("aborted 1 connection still open"));
        Assert.That(planb.Output, Does.Contain("GET /slow HTTP/1.1\" 503 "));
    }

    private static async Task<string> StatusAsync(int port) => (await Peer.AskAsync(port, Get("/"))).Split(' ')[1];

    private static async Task AskAsync(int port, string path) =>
        Assert.That(await Peer.AskAsync(port, Get(path)), Does.StartWith("HTTP/1.1 200 "));

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n";
}
