using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Authentication;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Tls;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Program;

/// <summary>A program takes another's place, under load, and no client notices.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UpgradeTests : IDisposable
{
    private const int Upgrades = 4;
    private const int Clients = 8;
    private const long RequestsEach = 400, HandshakesEach = 100;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _enough = new();
    private long _answered;

    [TestCase(false, TestName = "NewProcess_ThenTermOfTheOld_LosesNoRequest")]
    [TestCase(true, TestName = "NewProcess_ThenTermOfTheOld_LosesNoHandshake")]
    public async Task NewProcess_ThenTermOfTheOld(bool isTls)
    {
        using var site = new Site();
        var each = isTls ? HandshakesEach : RequestsEach;
        var running = PlanbProcess.Start(site.Arguments(isTls, 0));
        try
        {
            var port = (await running.ListeningAsync(isTls)).Port;
            var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskAsync(port, isTls))).ToArray();
            for (var i = 0; i < Upgrades; i++)
            {
                await AnsweredAsync(each);
                var next = PlanbProcess.Start(site.Arguments(isTls, port));
                await next.ListeningAsync(isTls);
                await AnsweredAsync(each);
                await running.SignalAsync("TERM");
                Assert.That(await running.ExitAsync(), Is.Zero, running.Errors);
                Assert.That(running.Errors, Does.Not.Contain("were cut"));
                await running.DisposeAsync();
                running = next;
            }

            await AnsweredAsync(each);
            await _enough.CancelAsync();
            await Task.WhenAll(clients).WaitAsync(Peer.Patience);
            Assert.That(_failures, Is.Empty);
        }
        finally
        {
            await _enough.CancelAsync();
            await running.DisposeAsync();
            TestContext.Out.WriteLine($"{Upgrades} upgrades, {Volatile.Read(ref _answered)} requests");
        }
    }

    [Test]
    public async Task StatusPages_AreTheNewProcesses_WhileTheOldOneDrains()
    {
        using var site = new Site();
        using var reserved = new ReservedPort();
        var pages = reserved.Number;
        string[] more = ["--metrics-address", $"127.0.0.1:{pages}", "--drain-delay", "1h"];
        await using var old = PlanbProcess.Start([.. site.Arguments(false, 0), .. more]);
        var port = (await old.ListeningAsync()).Port;
        await old.ErrorLineAsync("Serving metrics on");
        await using var next = PlanbProcess.Start([.. site.Arguments(false, port), .. more]);
        await next.ErrorLineAsync("Serving metrics on");
        await old.SignalAsync("TERM");

        // If both were asked, every second answer would be the old one's "not ready".
        const string Get = "GET /readyz HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n";
        using var patience = new CancellationTokenSource(Peer.Patience);
        for (var ready = 0; ready < 20;)
        {
            patience.Token.ThrowIfCancellationRequested();
            var answer = await Peer.AskAsync(pages, Get);
            ready = answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? ready + 1 : 0;
        }

        Assert.That(old.Errors, Does.Not.Contain("Stopping listening"), "it drains still");
        await old.SignalAsync("TERM");
        Assert.That(await old.ExitAsync(), Is.Zero);
    }

    public void Dispose() => _enough.Dispose();

    private async Task AnsweredAsync(long more)
    {
        var wanted = Volatile.Read(ref _answered) + more;
        using var patience = new CancellationTokenSource(Peer.Patience);
        while (Volatile.Read(ref _answered) < wanted && _failures.IsEmpty) await Task.Delay(10, patience.Token);
        Assert.That(_failures, Is.Empty);
    }

    // Each request on a connection of its own: every one of them passes through some listener's queue.
    private async Task AskAsync(int port, bool isTls)
    {
        const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n";
        while (!_enough.IsCancellationRequested)
        {
            try
            {
                var answer = isTls ? await AskTlsAsync(port, Get) : await Peer.AskAsync(port, Get);
                if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal)) _failures.Enqueue($"got '{answer}'");
                Interlocked.Increment(ref _answered);
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException
                or OperationCanceledException)
            {
                _failures.Enqueue($"{e.GetType().Name}: {e.Message}");
            }
        }
    }

    private static async Task<string> AskTlsAsync(int port, string request)
    {
        using var peer = await TlsPeer.ConnectAsync(port, "a.com");
        await peer.SendAsync(request);
        return await peer.ReadToEndAsync();
    }

    /// <summary>A backend, a route to it and a certificate.</summary>
    private sealed class Site : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("planb-upgrade");
        private readonly AnsweringBackend _backend = new(200);

        public Site()
        {
            using var authority = new TestAuthority();
            var pem = authority.Issue("a.com");
            File.WriteAllText(Routes, $"rpush frontend:a.com app {_backend.Url}\n");
            File.WriteAllText(Path.Combine(_folder.FullName, "a.com.crt"), pem.Certificate);
            File.WriteAllText(Path.Combine(_folder.FullName, "a.com.key"), pem.Key);
        }

        private string Routes => Path.Combine(_folder.FullName, "routes");

        public string[] Arguments(bool isTls, int port) =>
        [
            "--routes", Routes, "--access-log", "none", "--load-certificates-from", _folder.FullName,
            .. (string[])(isTls
                ? ["--listen", "disabled", "--tls-listen", $"127.0.0.1:{port}"]
                : ["--listen", $"127.0.0.1:{port}"]),
        ];

        public void Dispose()
        {
            _backend.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
