using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class InterimTests(Engine engine)
{
    [Test]
    public async Task ExpectContinue_IsRelayedBeforeTheBody()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(
            "PUT / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        Assert.That(Peer.ValueOf(await peer.ReadHeadAsync(), "Expect"), Is.EqualTo("100-continue"));
        await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.That(await talk.Client.ReadHeadAsync(), Is.EqualTo("HTTP/1.1 100 Continue\r\n\r\n"));
        await talk.Client.SendAsync("hello");
        Assert.That(await peer.ReadAsync(5), Is.EqualTo("hello"));
        await peer.SendAsync("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 201 Created\r\n"));
    }

    [Test]
    public async Task ExpectationFailed_IsRelayedAndTheUnreadBodyEndsTheConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(
            "PUT / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
        var head = await talk.Client.ReadHeadAsync();
        Assert.That(head, Does.StartWith("HTTP/1.1 417"));
        Assert.That(Peer.ValueOf(head, "Connection"), Is.EqualTo("close"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [TestCase("Content-Length: 3\r\n\r\nbig")]
    [TestCase("Content-Length: 0\r\n\r\n")]
    public async Task EarlyResponseWithNothingBehindIt_TellsThatTheConnectionEnds(string rest)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 100000000\r\n\r\nbegin");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\n" + rest);
        var answer = await talk.Client.ReadMessageAsync();
        Assert.That(Peer.ValueOf(answer, "Connection"), Is.EqualTo("close"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task EarlyResponseThatIsNotOver_LetsTheBodyComeAndTheConnectionStay()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 8\r\n\r\nfour");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadMessageAsync(hasBody: false);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour");
        Assert.That(Peer.ValueOf(await talk.Client.ReadHeadAsync(), "Connection"), Is.Null);
        await talk.Client.SendAsync("more");
        Assert.That(await peer.ReadAsync(8), Is.EqualTo("fourmore"));
        await peer.SendAsync("more");
        Assert.That(await talk.Client.ReadAsync(8), Is.EqualTo("fourmore"));
        await talk.Client.SendAsync("GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n");
        Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET /next "));
    }

    [Test]
    public async Task EarlyResponse_IsRelayedWhileTheBodyIsStillComing()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 100000000\r\n\r\nbegin");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 413").And.EndWith("big"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task InterimResponses_ReachHttp11Clients()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 3\r\n\r\n");
        Assert.That(
            await talk.Client.ReadHeadAsync(),
            Is.EqualTo("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"));
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 200 OK\r\n"));
    }

    [Test]
    public async Task InterimResponses_NeverReachHttp10Clients()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            "POST / HTTP/1.0\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n" +
            "Content-Length: 2\r\n\r\nok");
        Assert.That(request, Does.Not.Contain("Expect"));
        Assert.That(response, Does.StartWith("HTTP/1.0 200 OK\r\n"));
    }

    [Test]
    public async Task SwitchingProtocolsThatNobodyAskedFor_IsABrokenBackend()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
        Assert.That(response, Does.StartWith("HTTP/1.1 503"));
    }
}
