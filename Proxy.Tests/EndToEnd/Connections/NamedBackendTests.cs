using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>Backends known by name: what DNS may cost, and what it may not.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class NamedBackendTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task SilentNameServer_IsLoggedInItsOwnWordsAndMarksNothing()
    {
        await using var bed = new ResolverSetup("options timeout:1 attempts:1");
        await using var proxy = ProxyWith(bed, ProxyUnderTest.NoTimeouts with { Dial = Second / 10 });
        bed.Server.Set("svc.test", DnsReply.Silence);
        proxy.Routes.Set("a.com", "http://svc.test:80");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        var line = await proxy.Errors.LineAsync("ERROR");
        Assert.That(line, Does.Match(
            @"cannot resolve svc\.test: no answer from the resolver within \d+ s \(127\.0\.0\.1\)"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
        Assert.That(await proxy.Accesses.LineAsync("a.com"), Does.Contain("\"outcome\":\"name_unresolved\""));
    }

    [Test]
    public async Task RequestTimeout_BoundsTheWaitForTheNameServer()
    {
        await using var bed = new ResolverSetup("options timeout:30");
        await using var proxy = ProxyWith(bed, ProxyUnderTest.NoTimeouts with { Request = Second / 5 });
        bed.Server.Set("svc.test", DnsReply.Silence);
        proxy.Routes.Set("a.com", "http://svc.test:80");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        await proxy.Errors.LineAsync("cannot resolve svc.test: no answer from the resolver within 0.2 s");
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task SlowNameServer_DoesNotCountAsTimeOfTheDial()
    {
        await using var bed = new ResolverSetup();
        using var backend = new ScriptedBackend();
        var delay = new DnsReply
        {
            Delay = Second / 2, Records = [new("svc.test", FakeDnsServer.A, 60, [127, 0, 0, 1])],
        };
        bed.Server.Set("svc.test", delay, FakeDnsServer.A);
        await using var proxy = ProxyWith(bed, ProxyUnderTest.NoTimeouts with { Dial = Second / 5 });
        proxy.Routes.Set("a.com", $"http://svc.test:{backend.Port}");
        Assert.That(await AnswerAsync(proxy, backend), Does.EndWith("ok"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task NamesThatDoNotResolve_LeaveTheRequestToTheNextBackend()
    {
        await using var bed = new ResolverSetup("options timeout:1 attempts:1");
        using var backend = new ScriptedBackend();
        await using var proxy = ProxyWith(bed);
        bed.Server.Set("failing.test", DnsReply.ServerFailure);
        proxy.Routes.Set("a.com", "http://missing.test", "http://failing.test", backend.Url);
        for (var i = 0; i < 3; i++) Assert.That(await AnswerAsync(proxy, backend), Does.EndWith("ok"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task NameThatExistsAgain_IsServedAgain()
    {
        await using var bed = new ResolverSetup();
        using var backend = new ScriptedBackend();
        await using var proxy = ProxyWith(bed);
        proxy.Routes.Set("a.com", $"http://svc.test:{backend.Port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503").And.EndWith("\r\n\r\n"));
        await proxy.Errors.LineAsync("cannot resolve svc.test: no such name");
        bed.Server.Set("svc.test", 60, "127.0.0.1");
        bed.Time.Advance(NameResolver.NegativeTimeMax);
        Assert.That(await AnswerAsync(proxy, backend), Does.EndWith("ok"));
    }

    [Test]
    public async Task ManyNewConnectionsToOneName_AreOneLookup()
    {
        await using var bed = new ResolverSetup();
        using var backend = new AnsweringBackend(200);
        await using var proxy = ProxyWith(bed);
        bed.Server.Set("svc.test", 60, "127.0.0.1");
        proxy.Routes.Set("a.com", backend.Url.Replace("127.0.0.1", "svc.test", StringComparison.Ordinal));
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Peer.AskAsync(
            proxy.Port, "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n")));
        Assert.That(answers, Is.All.StartsWith("HTTP/1.1 200"));
        Assert.That(bed.Server.Questions("svc.test"), Is.EqualTo(1));
    }

    [Test]
    public async Task ManyRequestsForSilentNames_LeaveOtherHostsAlone()
    {
        const int Names = LookupGate.RunningMax + LookupGate.SlowMax + 44;
        await using var bed = new ResolverSetup("options timeout:30");
        using var backend = new AnsweringBackend(200);
        await using var proxy = ProxyWith(bed);
        bed.Server.Default = DnsReply.Silence;
        bed.Server.Set("svc.good.test", 60, "127.0.0.1");
        var waiting = new List<Peer>();
        for (var i = 0; i < Names; i++)
        {
            proxy.Routes.Set($"h{i}.com", $"http://n{i}.dead.test");
            waiting.Add(await proxy.ConnectAsync());
            await waiting[i].SendAsync($"GET / HTTP/1.1\r\nHost: h{i}.com\r\n\r\n");
        }

        proxy.Routes.Set("address.com", backend.Url);
        proxy.Routes.Set("name.com", backend.Url.Replace("127.0.0.1", "svc.good.test", StringComparison.Ordinal));
        foreach (var host in (string[])["address.com", "name.com"])
        {
            var answer = await Peer.AskAsync(
                proxy.Port, $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            Assert.That(answer, Does.StartWith("HTTP/1.1 200"), host);
        }

        Assert.That(waiting.Exists(client => client.Socket.Available == 0), "they still wait");
        waiting.ForEach(client => client.Dispose());
    }

    [Test]
    public async Task NameThatMoves_IsFollowedWhileItsOldBackendLives()
    {
        await using var bed = new ResolverSetup();
        await using var proxy = ProxyWith(bed);
        using var blueBackend = Listen("127.0.0.1", 0);
        var port = ((IPEndPoint)blueBackend.LocalEndpoint).Port;
        using var greenBackend = Listen("127.0.0.2", port);
        bed.Server.Set("svc.test", 1, "127.0.0.1");
        proxy.Routes.Set("a.com", $"http://svc.test:{port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var old = await AcceptAsync(blueBackend);
        await AnswerAsync(client, old);
        Assert.That(() => proxy.Pool.IdleCount, Is.EqualTo(1).After(5000, 10));

        bed.Server.Set("svc.test", 1, "127.0.0.2");
        bed.Time.Advance(2 * Second);
        await bed.BecomesAsync("svc.test", "127.0.0.2");
        bed.Time.Advance(NameResolver.AddressGraceTime);
        Assert.That(() => proxy.Pool.IdleCount, Is.Zero.After(5000, 10), "the idle connection is closed");
        Assert.That(await old.IsClosedAsync());
        await client.SendAsync(Get);
        using var green = await AcceptAsync(greenBackend);
        await AnswerAsync(client, green);
        Assert.That(blueBackend.Pending(), Is.False);
    }

    [Test]
    public async Task ConnectionInUseWhenItsNameMoves_EndsWithItsExchange()
    {
        await using var bed = new ResolverSetup();
        using var backend = new ScriptedBackend();
        await using var proxy = ProxyWith(bed);
        bed.Server.Set("svc.test", 1, "127.0.0.1");
        proxy.Routes.Set("a.com", $"http://svc.test:{backend.Port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var busy = await backend.AcceptAsync();
        await busy.ReadHeadAsync();
        bed.Server.Set("svc.test", 1, "127.0.0.2");
        bed.Time.Advance(2 * Second);
        await bed.BecomesAsync("svc.test", "127.0.0.2");
        bed.Time.Advance(NameResolver.AddressGraceTime);
        await busy.SendAsync(Ok);
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(await busy.IsClosedAsync());
        Assert.That(proxy.Pool.IdleCount, Is.Zero);
    }

    [Test]
    public async Task NameServersThatFail_LeaveIdleConnectionsAlone()
    {
        await using var bed = new ResolverSetup();
        using var backend = new ScriptedBackend();
        await using var proxy = ProxyWith(bed);
        bed.Server.Set("svc.test", 1, "127.0.0.1");
        proxy.Routes.Set("a.com", $"http://svc.test:{backend.Port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var kept = await backend.AcceptAsync();
        await AnswerAsync(client, kept);
        bed.Server.Set("svc.test", DnsReply.ServerFailure);
        bed.Time.Advance(60 * Second);
        await Eventually.IsTrue(() => bed.Log.Length > 0, "a refresh has failed");
        bed.Time.Advance(60 * Second);
        await client.SendAsync(Get);
        await AnswerAsync(client, kept);
        Assert.That(proxy.Pool.OpenedCount, Is.EqualTo(1));
    }

    [Test]
    public async Task AddressThatIsABlackHole_DoesNotTakeTheTimeOfTheOthers()
    {
        await using var bed = new ResolverSetup();
        using var hole = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        Assume.That(Socket.OSSupportsIPv6);
        using var backend = new ScriptedBackend();
        hole.Bind(new IPEndPoint(IPAddress.IPv6Loopback, backend.Port));
        hole.Listen(0);
        using var fills = await FillAsync(hole);
        await using var proxy = ProxyWith(bed, ProxyUnderTest.NoTimeouts with { Dial = 5 * Second });
        bed.Server.Set("svc.test", 60, "::1", "127.0.0.1");
        proxy.Routes.Set("a.com", $"http://svc.test:{backend.Port}");
        Assert.That(await AnswerAsync(proxy, backend), Does.EndWith("ok"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    private ProxyUnderTest ProxyWith(ResolverSetup bed, Timeouts? timeouts = null) =>
        new(engine, timeouts, accessFormat: AccessLogFormat.Json, names: bed.Resolver);

    private static TcpListener Listen(string address, int port)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        return listener;
    }

    private static async Task<Peer> AcceptAsync(TcpListener listener)
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        return new Peer(await listener.AcceptSocketAsync(patience.Token));
    }

    private static async Task<string> AnswerAsync(ProxyUnderTest proxy, ScriptedBackend backend)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n");
        using var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        return await client.ReadMessageAsync();
    }

    private static async Task AnswerAsync(Peer client, Peer backend)
    {
        await backend.ReadHeadAsync();
        await backend.SendAsync(Ok);
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
    }

    // A listener whose queue is full lets the kernel drop what else wants to connect.
    private static async Task<Sockets> FillAsync(Socket listener)
    {
        var sockets = new Sockets();
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            using var patience = new CancellationTokenSource(Second / 10);
            try
            {
                await socket.ConnectAsync(listener.LocalEndPoint!, patience.Token);
            }
            catch (OperationCanceledException)
            {
                return sockets;
            }
        }
    }

    private sealed class Sockets : List<Socket>, IDisposable
    {
        public void Dispose() => ForEach(socket => socket.Dispose());
    }
}
