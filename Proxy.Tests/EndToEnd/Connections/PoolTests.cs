using NUnit.Framework;
using Proxy.Core;
using Proxy.Http.Backends;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class PoolTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 2\r\n\r\nhi";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Test]
    public async Task IdleConnectionThatTheBackendClosed_IsNotUsed()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var i = 0; i < 5; i++)
        {
            var (_, response) = await talk.ExchangeAsync(Post, Ok);     // The backend's side is disposed here.
            Assert.That(response, Does.EndWith("ok"));
            Assert.That(() => talk.Proxy.Pool.IdleCount, Is.Zero.After(5000, 10));
        }
    }

    [Test]
    public async Task AsManyClientsAsBefore_NeedNoNewConnections()
    {
        const int clientCount = 2 * BackendPool.IdlePerAddressMax;
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var clients = new List<Peer> { talk.Client };
        while (clients.Count < clientCount) clients.Add(await talk.Proxy.ConnectAsync());
        foreach (var client in clients) await client.SendAsync(Get);
        var backends = new List<Peer>();
        while (backends.Count < clientCount) backends.Add(await talk.Backend.AcceptAsync());
        for (var i = 0; i < 2; i++)
        {
            if (i > 0) foreach (var client in clients) await client.SendAsync(Get);
            foreach (var backend in backends) await backend.ReadHeadAsync();
            foreach (var backend in backends) await backend.SendAsync(Ok);
            foreach (var client in clients) Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        }

        Assert.That(talk.Proxy.Pool.OpenedCount, Is.EqualTo(clientCount));
        foreach (var peer in clients.Concat(backends)) peer.Dispose();
    }

    [Test]
    public async Task ReusedConnectionThatDiesUnderAGet_IsRepeatedOnceOnAFreshOne()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var first = await talk.Backend.AcceptAsync();
        await first.ReadHeadAsync();
        await first.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync(Get);
        await first.ReadHeadAsync();
        first.Reset();
        var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task ReusedConnectionThatDiesUnderAPost_IsNotRepeatedNorMarked()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Post);
        var first = await talk.Backend.AcceptAsync();
        await first.ReadMessageAsync();
        await first.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync(Post);
        await first.ReadMessageAsync();
        first.Reset();
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        Assert.That(talk.Backend.IsAsked, Is.False);
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task ReusedConnectionThatDiesBeforeTheBodyBegan_IsRepeatedForAnyMethod()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var first = await talk.Backend.AcceptAsync();
        await first.ReadHeadAsync();
        await first.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await talk.Client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        await first.ReadHeadAsync();
        first.Reset();
        var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await second.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 100"));
        await talk.Client.SendAsync("hi");
        Assert.That(await second.ReadAsync(2), Is.EqualTo("hi"));
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
    }

    [Test]
    public async Task FreshConnectionThatDies_IsNotRepeated()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        peer.Reset();
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        Assert.That(talk.Backend.IsAsked, Is.False);
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task BytesThatNobodyAskedFor_NeverBecomeAnAnswer()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var first = await talk.Backend.AcceptAsync();
        await first.ReadHeadAsync();
        await first.SendAsync(Ok);
        await talk.Client.ReadMessageAsync();
        await first.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        Assert.That(() => talk.Proxy.Pool.IdleCount, Is.Zero.After(5000, 10));
        await talk.Client.SendAsync(Get);
        var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
    }
}
