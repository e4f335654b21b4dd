using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>
/// Backends that send more than the response to a request: bodies where there can be none, and bytes behind the last
/// one. Whenever they come, they never reach another request.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class StrayResponseTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string NoBody = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

    [TestCase("HEAD", NoBody, "hello")]
    [TestCase("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 204 No Content\r\n\r\n", "hello")]
    [TestCase("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "hello")]
    [TestCase("GET", Ok, "!")]
    [TestCase("GET", Ok, "\r\n")]
    [TestCase("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "0\r\n\r\n")]
    public async Task BytesThatComeWithTheNextRequest_DoNotBecomeItsAnswer(string method, string answer, string stray)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        using var first = await AnswerAsync(talk, method, answer);
        await talk.Client.SendAsync(Get);
        await first.ReadHeadAsync();
        await first.SendAsync(stray);
        using var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK").And.EndsWith("ok"));
        Assert.That(await first.IsClosedAsync());
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
        Assert.That(talk.Proxy.Errors.Text, Is.Empty);
    }

    [TestCase("HEAD", NoBody, "hello")]
    [TestCase("GET", "HTTP/1.1 204 No Content\r\n\r\n", "hello")]
    [TestCase("GET", Ok, "!")]
    public async Task BytesThatComeAtOnce_EndTheConnection(string method, string answer, string stray)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        using var first = await AnswerAsync(talk, method, answer + stray);
        Assert.That(await first.IsClosedAsync());
        var (_, response) = await talk.ExchangeAsync(Get, Ok);
        Assert.That(response, Does.EndWith("ok"));
    }

    [Test]
    public async Task StrayBytesUnderARequestThatMayNotBeRepeated_FailItOnceAndByName()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        using var first = await AnswerAsync(talk, "HEAD", NoBody);
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 2\r\n\r\nhi");
        await first.ReadMessageAsync();
        await first.SendAsync("hello");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(talk.Backend.IsAsked, Is.False);
        Assert.That(() => talk.Proxy.Meter.Sum(Failure.BackendInvalidResponse), Is.EqualTo(1).After(5000, 10));
        Assert.That(
            await talk.Proxy.Errors.LineAsync("ERROR in a.com"),
            Does.EndWith(
                "from the backend on a reused connection: not a status line: \"hello\" (backend_invalid_response)"));
    }

    [Test]
    public async Task StrayBytesBeforeTheBodyIsSent_LetTheRequestBeRepeatedWhole()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        using var first = await AnswerAsync(talk, "HEAD", NoBody);
        await talk.Client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        await first.ReadHeadAsync();
        await first.SendAsync("hello");
        using var second = await talk.Backend.AcceptAsync();
        await second.ReadHeadAsync();
        await talk.Client.SendAsync("hi");
        Assert.That(await second.ReadAsync(2), Is.EqualTo("hi"));
        await second.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
    }

    [Test]
    public async Task NoiseOnAFreshConnection_IsNotRepeated()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("hello");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task NoiseBehindAnInterimResponse_IsNotRepeated()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        using var first = await AnswerAsync(talk, "GET", Ok);
        await talk.Client.SendAsync(Get);
        await first.ReadHeadAsync();
        await first.SendAsync("HTTP/1.1 103 Early Hints\r\n\r\nhello");
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 103 "));
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    // The first request on a connection that is kept afterwards.
    private static async Task<Peer> AnswerAsync(ClientAndBackend talk, string method, string answer)
    {
        await talk.Client.SendAsync($"{method} / HTTP/1.1\r\nHost: a.com\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(answer);
        await talk.Client.ReadMessageAsync(hasBody: method != "HEAD" && !answer.Contains(" 304 "));
        return peer;
    }
}
