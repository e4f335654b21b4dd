using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class BodyTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";

    [TestCase("5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;name=value\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")]
    [TestCase("0\r\n\r\n")]
    [TestCase("5\r\nhello\r\n0\r\nX-Checksum: 1\r\n\r\n")]
    public async Task ChunkedBodies_PassUnchangedBothWays(string body)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        Assert.That(request, Does.EndWith("\r\n\r\n" + body));
        Assert.That(response, Does.EndWith("\r\n\r\n" + body));
    }

    [Test]
    public async Task ChunkedBodySplitAtAnyByte_ArrivesWhole()
    {
        const string Body = "5;a=\"b\"\r\nhello\r\n0\r\nX-T: 1\r\n\r\n";
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var cut = 1; cut < Body.Length; cut++)
        {
            await talk.Client.SendAsync(
                "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + Body[..cut]);
            using var peer = await talk.Backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await talk.Client.SendAsync(Body[cut..]);
            Assert.That(await peer.ReadAsync(Body.Length), Is.EqualTo(Body));
            await peer.SendAsync(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + Body[..cut]);
            await talk.Client.ReadHeadAsync();
            await peer.SendAsync(Body[cut..]);
            Assert.That(await talk.Client.ReadAsync(Body.Length), Is.EqualTo(Body));
        }
    }

    [Test]
    public async Task TrailersThatFrameRouteOrAuthenticate_AreDropped()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        const string Body =
            "1\r\nx\r\n0\r\nContent-Length: 9\r\nX-Good: 1\r\ntransfer-encoding: chunked\r\nHost: evil\r\n" +
            "Authorization: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
        var (request, response) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + Body,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Body);
        Assert.That(request, Does.EndWith("\r\n\r\n1\r\nx\r\n0\r\nX-Good: 1\r\n\r\n"));
        Assert.That(response, Does.EndWith("\r\n\r\n1\r\nx\r\n0\r\nX-Good: 1\r\n\r\n"));
    }

    [Test]
    public async Task TrailersInDisguise_AreDroppedFromRequests()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        const string Body =
            "0\r\nX_Forwarded_For: 6.6.6.6\r\nContent-length_: 1\r\nContent_Length: 9\r\nX_Own: 1\r\n\r\n";
        var (request, response) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + Body,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Body);
        Assert.That(request, Does.EndWith("\r\n\r\n0\r\nContent-length_: 1\r\nX_Own: 1\r\n\r\n"));
        Assert.That(response, Does.EndWith("\r\n\r\n" + Body));
    }

    [Test]
    [Category("G-RP-18")]
    public async Task StreamedResponse_ArrivesPieceByPiece()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        await talk.Client.ReadHeadAsync();
        for (var i = 0; i < 5; i++)
        {
            await peer.SendAsync("4\r\nabcd\r\n");
            Assert.That(await talk.Client.ReadAsync(9), Is.EqualTo("4\r\nabcd\r\n"));
        }
    }

    [Test]
    public async Task StreamedRequest_ArrivesPieceByPiece()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 20\r\n\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        for (var i = 0; i < 5; i++)
        {
            await talk.Client.SendAsync("abcd");
            Assert.That(await peer.ReadAsync(4), Is.EqualTo("abcd"));
        }
    }

    [Test]
    public async Task CloseDelimitedResponse_IsChunkedForTheClientAndItsConnectionStays()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var i = 0; i < 2; i++)
        {
            await talk.Client.SendAsync(Get);
            var peer = await talk.Backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.0 200 OK\r\n\r\nhello");
            var head = await talk.Client.ReadHeadAsync();
            Assert.That(Peer.ValueOf(head, "Transfer-Encoding"), Is.EqualTo("chunked"));
            Assert.That(await talk.Client.ReadAsync(10), Is.EqualTo("5\r\nhello\r\n"));
            peer.HalfClose();
            Assert.That(await talk.Client.ReadAsync(5), Is.EqualTo("0\r\n\r\n"));
        }
    }

    [TestCase("HEAD", "200 OK", "Content-Length: 1000\r\n", "Content-Length")]
    [TestCase("HEAD", "200 OK", "Transfer-Encoding: chunked\r\n", null)]
    [TestCase("GET", "204 No Content", "Content-Length: 5\r\n", null)]
    [TestCase("GET", "204 No Content", "Transfer-Encoding: chunked\r\n", null)]
    [TestCase("GET", "304 Not Modified", "Content-Length: 1000\r\n", "Content-Length")]
    public async Task ResponseWithoutContent_EndsWithItsHead(string method, string status, string field, string? kept)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        for (var i = 0; i < 2; i++)
        {
            await talk.Client.SendAsync($"{method} / HTTP/1.1\r\nHost: a.com\r\n\r\n");
            var peer = await talk.Backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync($"HTTP/1.1 {status}\r\nConnection: close\r\n{field}\r\n");
            var head = await talk.Client.ReadHeadAsync();
            Assert.That(head, Does.StartWith($"HTTP/1.1 {status}\r\n"));
            Assert.That(head, Does.Not.Contain("Transfer-Encoding"));
            Assert.That(Peer.ValueOf(head, "Content-Length"), kept is null ? Is.Null : Is.EqualTo("1000"));
        }
    }

    [TestCase("Content-Length: 10\r\n\r\nabc")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nabc")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX")]
    public async Task TruncatedOrBrokenResponse_NeverLooksComplete(string rest)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
        peer.HalfClose();
        string all;
        try
        {
            all = await talk.Client.ReadToEndAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            return;     // Reset: the client learns that the body is incomplete.
        }

        Assert.That(all, Does.Not.EndWith("0\r\n\r\n"));
        Assert.That(all, Does.Not.Contain("abcdefghij"));
    }

    [Test]
    public async Task BackendSendsMoreThanItsLength_OnlyTheLengthArrivesAndNothingLeaksIntoTheNext()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var first = await talk.Backend.AcceptAsync();
        await first.ReadHeadAsync();
        await first.SendAsync(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("\r\n\r\nok"));
        var (_, response) = await talk.ExchangeAsync(Get, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
        Assert.That(response, Does.EndWith("good"));
    }

    [Test]
    public async Task UploadStopsMidway_BackendNeverSeesItComplete()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        talk.Client.Dispose();
        string rest;
        try
        {
            rest = await peer.ReadToEndAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            return;     // Reset: the client learns that the body is incomplete.
        }

        Assert.That(rest, Does.Not.Contain("0\r\n\r\n"));
    }

    [Test]
    public async Task LargeBodies_ArriveWhole([Values(1, 70_000, 5_000_000)] int size)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var body = new byte[size];
        new Random(size).NextBytes(body);
        var text = System.Text.Encoding.Latin1.GetString(body);
        var sending = talk.Client.SendAsync($"PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {size}\r\n\r\n" + text);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await peer.ReadAsync(size) == text);
        await sending;
        var answering = peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n" + text);
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.ReadAsync(size) == text);
        await answering;
    }

    [Test]
    public async Task SlowReader_StopsTheBackendInsteadOfFillingMemory()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Client.Socket.ReceiveBufferSize = 4096;
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        var sent = 0L;
        peer.Socket.SendTimeout = 1000;
        var block = new byte[64 * 1024];
        var error = Assert.Throws<System.Net.Sockets.SocketException>(() =>
        {
            while (sent < 1_000_000_000) sent += peer.Socket.Send(block);
        });
        Assert.That(error!.SocketErrorCode, Is.EqualTo(System.Net.Sockets.SocketError.WouldBlock)
            .Or.EqualTo(System.Net.Sockets.SocketError.TimedOut));
        Assert.That(sent, Is.LessThan(64_000_000));
    }
}
