using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>
/// What a side sent before it ended, or was reset, reaches the other side first, however slow that one is; then the
/// connection ends in order where the framing shows that something is missing, and by a reset where nothing else does.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TruncationTests(Engine engine)
{
    private const int Size = 1_000_000;
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string OldGet = "GET / HTTP/1.0\r\nHost: a.com\r\n\r\n";
    private const string Upgrade =
        "GET / HTTP/1.1\r\nHost: a.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    private const string Switch =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    public enum By
    {
        Fin,
        Reset,
    }

    [Test]
    public async Task CutResponse_IsDeliveredAsFarAsItCame(
        [Values(Get, OldGet)] string request,
        [Values("Content-Length: 4000000\r\n", "Transfer-Encoding: chunked\r\n")] string framing, [Values] By by)
    {
        var isReset = request == OldGet && framing.StartsWith('T');
        await using var talk = await SlowClientAsync(request);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n");
        if (framing.StartsWith('T')) await peer.SendAsync($"{4 * Size:x}\r\n");
        await peer.SendAsync(Body(Size));
        await EndAsync(peer, by);
        var head = await talk.Client.ReadHeadAsync();
        var received = await talk.Client.CountToEndAsync();
        var chunkLine = head.Contains("chunked") ? $"{4 * Size:x}\r\n".Length : 0;
        Assert.That(received, Is.EqualTo(((long)Size + chunkLine, isReset)));
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET"), Does.Contain($"\" 200 {Size} "));
        Assert.That(
            await talk.Proxy.Errors.LineAsync("ERROR"),
            Does.Contain("closed before the response was complete"));
    }

    [Test]
    public async Task ResponseUntilTheEndThatIsReset_IsDeliveredAndNotCompleted([Values] bool isOldClient)
    {
        await using var talk = await SlowClientAsync(isOldClient ? OldGet : Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\n");
        await peer.SendAsync(Body(Size));
        await EndAsync(peer, By.Reset);
        await talk.Client.ReadHeadAsync();
        var (bytes, isReset) = await talk.Client.CountToEndAsync();
        Assert.That(bytes, Is.GreaterThanOrEqualTo(Size));
        Assert.That(isReset, Is.EqualTo(isOldClient), "chunks show it, and nothing else does");
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET"), Does.Contain($"\" 200 {Size} "));
    }

    [TestCase("5\r\nhello\r\nZZ\r\nmore", "5\r\nhello")]
    [TestCase("5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello")]
    [TestCase("5\r\nhello\r\n0\r\nbad trailer\r\n\r\n", "5\r\nhello\r\n0\r\n")]
    public async Task BrokenChunk_IsPrecededByWhatWasWhole(string sent, string passedOn)
    {
        await using var talk = await SlowClientAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent);
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.ReadToEndAsync(), Is.EqualTo(passedOn));
    }

    [Test]
    public async Task BrokenChunkForAnOldClient_IsPrecededByWhatWasWhole()
    {
        await using var talk = await SlowClientAsync(OldGet);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\nZZ\r\n");
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.CountToEndAsync(), Is.EqualTo((11L, true)));
    }

    [Test]
    public async Task HeadWithoutABody_IsDelivered([Values] By by)
    {
        await using var talk = await SlowClientAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        await EndAsync(peer, by);
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 200 OK\r\n"));
        Assert.That(await talk.Client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task ResponseBeforeAReset_ReachesAClientThatIsStillSending()
    {
        await using var talk = await SlowClientAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 100000\r\n\r\n");
        await talk.Client.SendAsync(Body(60_000));
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 50000\r\n\r\n");
        await peer.SendAsync(Body(50_000));
        peer.Dispose();    // with bytes unread: a reset
        await talk.Client.SendAsync(Body(40_000));
        Assert.That(await talk.Client.ReadHeadAsync(), Does.StartWith("HTTP/1.1 413 "));
        Assert.That(await talk.Client.CountToEndAsync(), Is.EqualTo((50_000L, false)));
    }

    [Test]
    public async Task CutUpload_IsDeliveredAsFarAsItCame(
        [Values("Content-Length: 4000000\r\n", "Transfer-Encoding: chunked\r\n")] string framing, [Values] By by)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"PUT / HTTP/1.1\r\nHost: a.com\r\n{framing}\r\n");
        var chunkLine = framing.StartsWith('T') ? $"{4 * Size:x}\r\n" : "";
        var sending = talk.Client.SendAsync(Encoding.ASCII.GetBytes(chunkLine + new string('x', Size)));
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await sending;
        await EndAsync(talk.Client, by);
        Assert.That(await peer.CountToEndAsync(), Is.EqualTo(((long)Size + chunkLine.Length, false)));
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR"), Does.Contain("client closed the connection"));
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task WholeUploadOfAClientThatThenLeaves_IsDelivered([Values] By by)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {Size}\r\n\r\n");
        var sending = talk.Client.SendAsync(Body(Size));
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await sending;
        await EndAsync(talk.Client, by);
        Assert.That(await peer.CountToEndAsync(), Is.EqualTo(((long)Size, false)));
    }

    [Test]
    public async Task BrokenChunkOfAnUpload_IsPrecededByWhatWasWholeAndAnswered400()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(
            "PUT / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await peer.ReadToEndAsync(), Is.EqualTo("5\r\nhello"));
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 400 "));
    }

    [Test]
    public async Task TunnelWhoseOneSideIsReset_DeliversWhatItSentAndThenResets([Values] bool isBackend)
    {
        await using var talk = await SlowClientAsync(Upgrade);
        var peer = await OpenAsync(talk);
        var (lost, other) = isBackend ? (peer, talk.Client) : (talk.Client, peer);
        await lost.SendAsync(Body(Size));
        await EndAsync(lost, By.Reset);
        Assert.That(await other.CountToEndAsync(), Is.EqualTo(((long)Size, true)));
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET"), Does.Contain($" 101 "));
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(() => talk.Proxy.Pool.OpenCount, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task TunnelWhoseOneSideClosesWhileTheOtherSends_DeliversWhatItSent([Values] bool isBackend)
    {
        await using var talk = await SlowClientAsync(Upgrade);
        var peer = await OpenAsync(talk);
        var (closing, other) = isBackend ? (peer, talk.Client) : (talk.Client, peer);
        await closing.SendAsync(Body(Size));
        await closing.DeliveredAsync();    // its kernel discards the rest when something arrives after the close
        closing.Dispose();
        await SendUntilRefusedAsync(other);
        Assert.That((await other.CountToEndAsync()).Bytes, Is.EqualTo(Size));
        other.Dispose();
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(() => talk.Proxy.Pool.OpenCount, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task TunnelThatBothSidesEnd_DeliversAllToTheSlowerOne()
    {
        await using var talk = await SlowClientAsync(Upgrade);
        var peer = await OpenAsync(talk);
        await peer.SendAsync(Body(Size));
        peer.HalfClose();
        talk.Client.HalfClose();
        Assert.That(await talk.Client.CountToEndAsync(), Is.EqualTo(((long)Size, false)));
    }

    private async Task<ClientAndBackend> SlowClientAsync(string request)
    {
        var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine), receiveBytes: 16 * 1024);
        await talk.Client.SendAsync(request);
        return talk;
    }

    private static async Task<Peer> OpenAsync(ClientAndBackend talk)
    {
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Switch);
        await talk.Client.ReadHeadAsync();
        return peer;
    }

    // A reset discards what the peer's own kernel still holds: all of it must have been received before.
    private static async Task EndAsync(Peer peer, By by)
    {
        if (by == By.Fin)
        {
            peer.Dispose();
            return;
        }

        await peer.DeliveredAsync();
        peer.Reset();
    }

    private static async Task SendUntilRefusedAsync(Peer peer)
    {
        try
        {
            for (var i = 0; i < 20; i++) await peer.SendAsync("ping");
        }
        catch (SocketException)
        {
            // The proxy takes no more, as the other side is gone.
        }
    }

    private static byte[] Body(int size) => Encoding.ASCII.GetBytes(new string('x', size));
}
