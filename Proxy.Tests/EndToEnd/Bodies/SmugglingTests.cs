using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>
/// Goal: a request is refused and its connection closed, or the backend sees exactly that one request. Method: what is
/// malformed is followed by a request that must never be seen by anybody.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class SmugglingTests(Engine engine)
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: a.com\r\n\r\n";

    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5, 5\r\n\r\nhello")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: +5\r\n\r\nhello")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length : 5\r\n\r\nhello")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 99999999999999999999\r\n\r\nhello")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [TestCase(
        "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding\u000b: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("POST / HTTP/1.0\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\nHost: a.com\n\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nA: b\rC: d\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nA: b\nC: d\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nA: b\0\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\n Host: a.com\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nHost: b.com\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com:80:80\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com/x\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: u@a.com\r\n\r\n")]
    [TestCase("GET /a b HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("GET  / HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("GET / HTTP/1.10\r\nHost: a.com\r\n\r\n")]
    [TestCase("GET * HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("GET a.com:80 HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("\u0016\u0003\u0001\u0002\0")]
    public async Task AmbiguousOrMalformedRequest_Is400AndNothingReachesTheBackend(string request)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(request + Hidden);
        var all = await talk.Client.ReadToEndAsync();
        Assert.That(all, Does.Match("^HTTP/1\\.[01] 400 Bad Request\r\n"));
        Assert.That(Peer.ValueOf(all, "Connection"), Is.EqualTo("close"));
        Assert.That(all.Split("HTTP/1."), Has.Length.EqualTo(2));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [TestCase("5\r\nhelloXX\r\n0\r\n\r\n")]
    [TestCase("5\nhello\r\n0\r\n\r\n")]
    [TestCase("5\r\nhello\n0\r\n\r\n")]
    [TestCase("5;a\nb\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n")]
    [TestCase("0x5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("-1\r\nhello\r\n0\r\n\r\n")]
    [TestCase(" 5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5 \r\nhello\r\n0\r\n\r\n")]
    [TestCase("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5\r\nhello\r\n\r\n0\r\n\r\n")]
    [TestCase("0\r\nBad Trailer: 1\r\n\r\n")]
    [TestCase("0\r\nA: b\nC: d\r\n\r\n")]
    public async Task MalformedChunkedBody_IsOur400AndTheBackendIsCut(string body)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Hidden);
        using var peer = await talk.Backend.AcceptAsync();
        var all = await talk.Client.ReadToEndAsync();
        Assert.That(all, Does.StartWith("HTTP/1.1 400 Bad Request\r\n"));
        Assert.That(all.Split("HTTP/1.1 "), Has.Length.EqualTo(2));
        string seen;
        try
        {
            seen = await peer.ReadToEndAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            seen = "";
        }

        Assert.That(seen, Does.Not.Contain("hidden").And.Not.Contain("0\r\n\r\n"));
        Assert.That(talk.Backend.IsAsked, Is.False);
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [TestCase("HTTP/1.2", "505")]
    [TestCase("HTTP/2.0", "505")]
    [TestCase("HTTP/0.9", "505")]
    public async Task OtherVersions_Are505(string version, string status)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"GET / {version}\r\nHost: a.com\r\n\r\n");
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith($"HTTP/1.1 {status} "));
    }

    [Test]
    public async Task Connect_Is405()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("CONNECT a.com:443 HTTP/1.1\r\nHost: a.com:443\r\n\r\n" + Hidden);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 405 ").And.Not.Contain("200"));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [TestCase(70_000, 0, 0, "431")]
    [TestCase(0, 17_000, 0, "414")]
    [TestCase(0, 80_000, 0, "414")]
    [TestCase(0, 0, 200, "431")]
    public async Task HeadBeyondItsBounds_IsRefused(int field, int target, int fields, string status)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var many = string.Concat(Enumerable.Range(0, fields).Select(i => $"F{i}: x\r\n"));
        await talk.Client.SendAsync(
            $"GET /{new string('t', target)} HTTP/1.1\r\nHost: a.com\r\n{many}A: {new string('x', field)}\r\n\r\n");
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith($"HTTP/1.1 {status} "));
    }

    [Test]
    public async Task HeadAtItsBounds_IsForwarded()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync(
            $"GET /{new string('t', 16_383)} HTTP/1.1\r\nHost: a.com\r\nA: {new string('x', 48_000)}\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(request, Has.Length.GreaterThan(64_383));
    }
}
