using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.EndToEnd.Connections;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class DrainTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Test]
    public async Task RunningExchange_IsFinishedAndItsConnectionClosed()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        var drained = talk.Proxy.Context.Connections.DrainAsync(Long, CancellationToken.None);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var response = await talk.Client.ReadToEndAsync();
        Assert.That(Peer.ValueOf(response, "Connection"), Is.EqualTo("close"));
        Assert.That(response, Does.EndWith("ok"));
        Assert.That(await drained, Is.True);
    }

    [Test]
    public async Task IdleConnection_IsClosed()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await talk.Proxy.Context.Connections.DrainAsync(Long, CancellationToken.None), Is.True);
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task Tunnels_EndBeforeTheLimit_EachAtItsMoment()
    {
        const int Tunnels = 60;
        const string Upgrade = "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n";
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        var ends = new List<Peer>();
        for (var i = 0; i < Tunnels; i++)
        {
            ends.Add(await proxy.ConnectAsync());
            await ends[^1].SendAsync(Upgrade);
            ends.Add(await backend.AcceptAsync());
            await ends[^1].ReadHeadAsync();
            await ends[^1].SendAsync("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n");
            Assert.That(await ends[^2].ReadHeadAsync(), Does.StartWith("HTTP/1.1 101 "));
        }

        var drained = await proxy.Context.Connections.DrainAsync(TimeSpan.FromSeconds(3), CancellationToken.None);
        ends.ForEach(end => end.Dispose());
        Assert.That(drained, Is.True, $"{proxy.Context.Connections.Count} were left");
    }

    [Test]
    public async Task ExchangeThatDoesNotEnd_IsLeftAfterTheLimit()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(
            await talk.Proxy.Context.Connections.DrainAsync(
                TimeSpan.FromMilliseconds(200), CancellationToken.None), Is.False);
        Assert.That(talk.Proxy.Context.Connections.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task RequestThatWaitsAtTheLimit_IsAnswered503AndLogged([Values] bool hasUnsentBody)
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync(
            hasUnsentBody ? "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 9\r\n\r\nabc" : Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await CutAsync(talk.Proxy), Is.EqualTo(1));
        var answer = await talk.Client.ReadToEndAsync();
        Assert.That(answer, Does.StartWith("HTTP/1.1 503 ").And.Contain("Connection: close"));
        await AssertDrainedAsync(talk.Proxy, 503);
        Assert.That(await talk.Proxy.Errors.LineAsync("aborted at shutdown"), Does.Not.Contain("*DEAD*"));
        Assert.That(talk.Proxy.Meter.Sum(Failure.Stopped), Is.EqualTo(1));
    }

    [Test]
    public async Task RequestOnAKeptConnection_IsNotTriedAgainAtTheLimit()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync(Get);
        await peer.ReadHeadAsync();
        Assert.That(await CutAsync(talk.Proxy), Is.EqualTo(1));
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(talk.Proxy.Pool.OpenedCount, Is.EqualTo(1));
    }

    [TestCase("Content-Length: 9", "abc", false)]
    [TestCase("Connection: close", "abc", true, TestName = "AnswerThatEndsWithItsConnection_DoesNotLookComplete")]
    public async Task AnswerThatIsUnderWayAtTheLimit_IsCutAndLogged(string field, string part, bool isReset)
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("GET / HTTP/1.0\r\nHost: a.com\r\n\r\n");
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 200 OK\r\n{field}\r\n\r\n{part}");
        await talk.Client.ReadHeadAsync();
        await talk.Client.ReadAsync(part.Length);
        Assert.That(await CutAsync(talk.Proxy), Is.EqualTo(1));
        Assert.That(await talk.Client.CountToEndAsync(), Is.EqualTo((0L, isReset)));
        await AssertDrainedAsync(talk.Proxy, 200);
    }

    [Test]
    public async Task ClientThatTakesNothingAtTheLimit_IsCutAndLogged()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n");
        var sending = peer.SendAsync(new byte[99_000_000]);
        await talk.Client.ReadHeadAsync();
        Assert.That(await CutAsync(talk.Proxy), Is.EqualTo(1));
        await AssertDrainedAsync(talk.Proxy, 200);
        Assert.That(() => sending, Throws.Exception, "the backend is cut too");
    }

    [Test]
    public async Task TunnelAtASecondSignal_EndsInOrderAndIsLogged()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n");
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n");
        await talk.Client.ReadHeadAsync();
        await Eventually.IsTrue(() => talk.Proxy.Meter.OpenTunnels == 1, "the tunnel is open");
        await talk.Proxy.Context.Connections.DrainAsync(Long, new CancellationToken(canceled: true));
        Assert.That(await talk.Proxy.Context.Connections.AbortAllAsync(), Is.EqualTo(1));
        Assert.That(await talk.Client.ReadToEndAsync(), Is.Empty);
        await AssertDrainedAsync(talk.Proxy, 101);
    }

    private Task<ClientAndBackend> BeginAsync() =>
        ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, accessFormat: AccessLogFormat.Json));

    private static async Task<int> CutAsync(ProxyUnderTest proxy)
    {
        var drain = TimeSpan.FromMilliseconds(100);
        Assert.That(await proxy.Context.Connections.DrainAsync(drain, CancellationToken.None), Is.False);
        return await proxy.Context.Connections.AbortAllAsync();
    }

    private static async Task AssertDrainedAsync(ProxyUnderTest proxy, int status) =>
        Assert.That(await proxy.Accesses.LineAsync("\"outcome\":\"drained\""), Does.Contain($"\"status\":{status},"));
}
