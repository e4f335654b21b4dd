using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// The kernel reports a reset once, to the sender or the receiver; what it truncated never looks complete. (The
/// portable transport rarely learns too late that sending has failed, so it is not tested here.)
/// </summary>
public sealed class ResetTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 1000000000\r\n\r\n";

    [Test]
    public async Task ResetWhileTheRequestIsSent_DoesNotCompleteTheAnswer()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(Engine.Native, lingerTime: TimeSpan.FromMilliseconds(300)));
        var sending = SendUntilItFailsAsync(talk.Client);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.0 200 OK\r\n\r\nhalf");
        Assert.That(await talk.Client.ReadHeadAsync(), Does.Contain("chunked"));
        Assert.That(await talk.Client.ReadAsync(9), Is.EqualTo("4\r\nhalf\r\n"));
        peer.Reset();
        Assert.That(await talk.Client.IsClosedAsync(), "without a last chunk");
        await sending;
        Assert.That(
            await talk.Proxy.Errors.LineAsync("ERROR"),
            Does.Contain("closed before the response was complete"));
    }

    [Test]
    public async Task AnswerThatEndsInOrderWhileTheRequestIsSent_IsComplete()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(Engine.Native));
        var sending = SendUntilItFailsAsync(talk.Client);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.0 200 OK\r\n\r\nall");
        peer.HalfClose();
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.ReadAsync(13), Is.EqualTo("3\r\nall\r\n0\r\n\r\n"));
        talk.Client.Reset();
        await sending;
    }

    [Test]
    public async Task BackendThatAcceptsAndResetsAtOnce_HasClosedAndIsNotMarked(
        [Values] Engine engine, [Values(2, 60)] int requests)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(requests);
        var resetting = ResetAllAsync(listener, requests);
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        await Task.WhenAll(Enumerable.Range(0, requests).Select(async _ =>
        {
            using var client = await Peer.ConnectAsync(proxy.Port);
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n");
            Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 Service Unavailable\r\n"));
        }));
        await resetting;
        Assert.That(
            await proxy.Errors.LineAsync("ERROR in"),
            Does.Contain("error in backend request: ").And.Not.Contains("DEAD").And.Not.Contains("Exception"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    private static async Task ResetAllAsync(TcpListener listener, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var socket = await listener.AcceptSocketAsync();
            socket.LingerState = new LingerOption(true, 0);
        }
    }

    private static async Task SendUntilItFailsAsync(Peer client)
    {
        try
        {
            await client.SendAsync(Post);
            var piece = new byte[100_000];
            while (true) await client.SendAsync(piece);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone, as it should be.
        }
    }
}
