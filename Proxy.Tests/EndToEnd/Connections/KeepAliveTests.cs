using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class KeepAliveTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Test]
    public async Task TwoRequestsOnOneConnection_ReuseTheBackendConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        for (var i = 0; i < 3; i++)
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok);
            Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("\r\n\r\nok"));
            await talk.Client.SendAsync(Get);
        }

        await peer.ReadHeadAsync();
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task PipelinedRequests_AreAnsweredInOrder()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(
            i => $"POST /{i} HTTP/1.1\r\nHost: a.com\r\nContent-Length: 1\r\n\r\nx")));
        var peer = await talk.Backend.AcceptAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await peer.ReadMessageAsync(), Does.StartWith($"POST /{i} HTTP/1.1\r\n"));
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {$"{i}".Length}\r\n\r\n{i}");
        }

        for (var i = 0; i < 20; i++) Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith($"\r\n\r\n{i}"));
    }

    [Test]
    public async Task ClientAsksToClose_IsToldAndClosed()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n", Ok);
        Assert.That(request, Does.Not.Contain("close").IgnoreCase);
        Assert.That(Peer.ValueOf(response, "Connection"), Is.EqualTo("close"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n")]
    [TestCase("GET / HTTP/1.0\r\nHost: a.com\r\n\r\n")]
    public async Task RequestsBehindTheLastOne_AreDroppedWithoutAReset(string last)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(last + string.Concat(Enumerable.Repeat(Get, 5_000)));
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        var all = await talk.Client.ReadToEndAsync();
        Assert.That(all, Does.EndWith("ok"));
        Assert.That(all.Split("HTTP/1."), Has.Length.EqualTo(2));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task BackendCloses_ClientConnectionStays()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var i = 0; i < 2; i++)
        {
            var (_, response) = await talk.ExchangeAsync(
                Get, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            Assert.That(response, Does.Not.Contain("Connection").IgnoreCase);
        }
    }

    [Test]
    public async Task Http10Client_IsAnsweredInItsVersionAndClosed()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync("GET / HTTP/1.0\r\nHost: a.com\r\n\r\n", Ok);
        Assert.That(request, Does.StartWith("GET / HTTP/1.1\r\n"));
        Assert.That(response, Does.StartWith("HTTP/1.0 200 OK\r\n"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task Http10ClientThatAsksForKeepAlive_KeepsItsConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        const string Request = "GET / HTTP/1.0\r\nHost: a.com\r\nConnection: keep-alive\r\n\r\n";
        var (_, response) = await talk.ExchangeAsync(
            Request, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(Peer.ValueOf(response, "Connection"), Is.EqualTo("keep-alive"));
        (_, response) = await talk.ExchangeAsync(Request, Ok);
        Assert.That(response, Does.EndWith("ok"));
    }

    [Test]
    public async Task Http10ClientOfChunkedResponse_GetsItsContentUntilClose()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("GET / HTTP/1.0\r\nHost: a.com\r\nConnection: keep-alive\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n");
        var all = await talk.Client.ReadToEndAsync();
        Assert.That(all, Does.EndWith("\r\n\r\nabcde"));
        Assert.That(all, Does.Not.Contain("chunked"));
        Assert.That(Peer.ValueOf(all, "Connection"), Is.EqualTo("close"));
    }

    [Test]
    public async Task HalfClosedClient_StillGetsItsAnswer()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        talk.Client.HalfClose();
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.EndWith("ok"));
    }

    [Test]
    public async Task BlankLineBeforeARequest_IsIgnored()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync("\r\n" + Get, Ok);
        Assert.That(response, Does.EndWith("ok"));
    }
}
