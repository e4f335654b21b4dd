using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// Goal: who waits for a client that has reset its connection stops waiting, and no backend is kept for it. The native
/// engine alone notices it while it neither reads nor writes.
/// </summary>
[TestFixture(Engine.Native)]
public sealed class LostClientTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [TestCase(Get)]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhello")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly")]
    [TestCase(Get + Get)]
    public async Task ResetWhileTheBackendIsSilent_EndsTheBackendsConnection(string request)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(request);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadMessageAsync();
        talk.Client.Reset();
        Assert.That(await peer.IsClosedAsync());
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in"), Does.Contain("client closed the connection"));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task ResetOnAReusedConnection_IsNotTriedAgain()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync(Get);
        await peer.ReadHeadAsync();
        talk.Client.Reset();
        Assert.That(await peer.IsClosedAsync());
        await talk.Proxy.Errors.LineAsync("client closed the connection");
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task ResetWhileABodyStandsStill_EndsTheBackendsConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await talk.Client.ReadHeadAsync();
        talk.Client.Reset();
        Assert.That(await peer.IsClosedAsync());
        await talk.Proxy.Errors.LineAsync("client closed the connection");
    }

    [Test]
    public async Task ResetBetweenRequests_LeavesThePooledConnectionToOthers()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        Assert.That(() => talk.Proxy.Pool.IdleCount, Is.EqualTo(1).After(5000, 10));
        talk.Client.Reset();
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(talk.Proxy.Pool.IdleCount, Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task ResetBehindTheEndOfOneSideOfATunnel_EndsTheOther(bool isClient)
    {
        const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{Upgrade}");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 101 Switching Protocols\r\n{Upgrade}");
        await talk.Client.ReadHeadAsync();
        var (first, second) = isClient ? (talk.Client, peer) : (peer, talk.Client);
        first.HalfClose();
        Assert.That(await second.ReadToEndAsync(), Is.Empty);
        first.Reset();
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
    }
}
