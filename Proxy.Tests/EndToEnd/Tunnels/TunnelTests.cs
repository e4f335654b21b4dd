using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Tunnels;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TunnelTests(Engine engine)
{
    private const string Upgrade =
        "GET /chat HTTP/1.1\r\nHost: a.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    private const string Switch =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    [Test]
    [Category("G-RP-21")]
    public async Task Websocket_PassesBytesBothWaysLikeAnyRequest()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, requestIdHeader: "X-RID"));
        await talk.Client.SendAsync(Upgrade);
        var peer = await talk.Backend.AcceptAsync();
        var request = await peer.ReadHeadAsync();
        Assert.That(
            request,
            Does.StartWith("GET /chat HTTP/1.1\r\nHost: a.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-For"), Is.EqualTo("127.0.0.1"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Proto"), Is.EqualTo("http"));
        Assert.That(Peer.ValueOf(request, "X-RID"), Has.Length.EqualTo(36));
        await peer.SendAsync(Switch);
        Assert.That(await talk.Client.ReadHeadAsync(), Is.EqualTo(Switch));
        for (var i = 0; i < 3; i++)
        {
            await talk.Client.SendAsync("ping\0\r\n");
            Assert.That(await peer.ReadAsync(7), Is.EqualTo("ping\0\r\n"));
            await peer.SendAsync("pong");
            Assert.That(await talk.Client.ReadAsync(4), Is.EqualTo("pong"));
        }

        talk.Client.HalfClose();
        Assert.That(await peer.ReadToEndAsync(), Is.Empty);
        peer.HalfClose();
        Assert.That(await talk.Client.ReadToEndAsync(), Is.Empty);
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET /chat"), Does.Contain("\" 101 12 \""));
    }

    [Test]
    public async Task EarlyBytesOfBothSides_AreKept()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Upgrade + "early");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Switch + "hello");
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.ReadAsync(5), Is.EqualTo("hello"));
        Assert.That(await peer.ReadAsync(5), Is.EqualTo("early"));
    }

    [Test]
    public async Task HalfClose_IsPassedOnAndTheOtherDirectionGoesOn()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var peer = await OpenAsync(talk);
        await talk.Client.SendAsync("last");
        talk.Client.HalfClose();
        Assert.That(await peer.ReadToEndAsync(), Is.EqualTo("last"));
        await peer.SendAsync("still here");
        Assert.That(await talk.Client.ReadAsync(10), Is.EqualTo("still here"));
        peer.HalfClose();
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task SideThatResets_EndsTheOther()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var peer = await OpenAsync(talk);
        talk.Client.Reset();
        Assert.That(await peer.IsClosedAsync());
    }

    [Test]
    public async Task RefusedUpgrade_IsAnOrdinaryResponseAndTheConnectionStaysHttp()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(Upgrade, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        Assert.That(response, Does.StartWith("HTTP/1.1 403").And.EndWith("no"));
        var (request, _) = await talk.ExchangeAsync(
            "GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n" +
            "Content-Length: 0\r\n\r\n");
        Assert.That(Peer.ValueOf(request, "X-Forwarded-For"), Is.EqualTo("127.0.0.1"));
    }

    [TestCase("GET / HTTP/1.0\r\nHost: a.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nUpgrade: websocket\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\n\r\n")]
    [TestCase(
        "GET / HTTP/1.1\r\nHost: a.com\r\nUpgrade: h2c\r\n" +
        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n")]
    public async Task WhatIsNoUpgrade_IsAnOrdinaryRequest(string request)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (got, response) = await talk.ExchangeAsync(request, Switch);
        Assert.That(got, Does.Not.Contain("Upgrade"));
        Assert.That(response, Does.Match("^HTTP/1\\.[01] 503"));
    }

    [TestCase("nowhere", "400", "no such route")]
    [TestCase("dead.com", "503", "")]
    public async Task FailedUpgrade_IsAnsweredLikeAnyRequest(string host, string status, string body)
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("dead.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Upgrade.Replace("a.com", host, StringComparison.Ordinal));
        Assert.That(
            await client.ReadMessageAsync(),
            Does.StartWith($"HTTP/1.1 {status} ").And.EndWith("\r\n\r\n" + body));
    }

    [Test]
    public async Task UpgradeOverADeadBackend_GoesToTheNext()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}", talk.Backend.Url);
        var peer = await OpenAsync(talk);
        await peer.SendAsync("x");
        Assert.That(await talk.Client.ReadAsync(1), Is.EqualTo("x"));
    }

    [Test]
    public async Task IdleTunnel_IsClosedAfterItsTime()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(
            engine, ProxyUnderTest.NoTimeouts with { TunnelIdle = TimeSpan.FromSeconds(1) }));
        var peer = await OpenAsync(talk);
        for (var i = 0; i < 8; i++)
        {
            await Task.Delay(150);
            await peer.SendAsync("x");
            Assert.That(await talk.Client.ReadAsync(1), Is.EqualTo("x"));
        }

        Assert.That(await talk.Client.IsClosedAsync());
        Assert.That(await peer.IsClosedAsync());
    }

    [Test]
    public async Task Drain_EndsTunnelsWithinItsLimit()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var peer = await OpenAsync(talk);
        var drained = talk.Proxy.Context.Connections.DrainAsync(TimeSpan.FromSeconds(2), CancellationToken.None);
        Assert.That(await talk.Client.IsClosedAsync());
        Assert.That(await peer.IsClosedAsync());
        await drained;
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task LargeTransfersBothWaysAtOnce_ArriveWhole()
    {
        const int Size = 8_000_000;
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var peer = await OpenAsync(talk);
        var bytes = new byte[Size];
        new Random(1).NextBytes(bytes);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        var sending = Task.WhenAll(talk.Client.SendAsync(bytes), peer.SendAsync(bytes));
        Assert.That(await Task.WhenAll(talk.Client.ReadAsync(Size), peer.ReadAsync(Size)), Is.All.EqualTo(text));
        await sending;
    }

    private static async Task<Peer> OpenAsync(ClientAndBackend talk)
    {
        await talk.Client.SendAsync(Upgrade);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Switch);
        await talk.Client.ReadHeadAsync();
        return peer;
    }
}
