using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Admission;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// A client that has sent its end (FIN) may be half-closed or gone: what is on its way is answered, but no backend is
/// kept waiting for it.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class HalfClosedClientTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";

    [TestCase("")]
    [TestCase("HTTP/1.1 103 Early Hints\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\nhello")]
    public async Task SilentBackend_IsFreedAndTheClientIsGone(string beginning)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        if (beginning.Length > 0)
        {
            await peer.SendAsync(beginning);
            await talk.Client.ReadHeadAsync();
        }

        talk.Client.HalfClose();
        Assert.That(await peer.IsClosedAsync());
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in"), Does.Contain("client closed the connection"));
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task RequestWithABody_IsFreedToo()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhello");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadMessageAsync();
        talk.Client.HalfClose();
        Assert.That(await peer.ReadToEndAsync(), Is.Empty);
        Assert.That(() => talk.Proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task BackendThatDoesNotAccept_IsNotWaitedForAndNotMarked()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", $"http://{full.LocalEndPoint}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        client.HalfClose();
        Assert.That(await proxy.Errors.LineAsync("ERROR in"), Does.Contain("client closed the connection"));
        Assert.That(() => proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task PipelinedRequestsBehindIt_DoNotHideTheEnd()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get + Get);
        talk.Client.HalfClose();
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await peer.IsClosedAsync());
    }

    [Test]
    public async Task AnswerThatComesInTime_IsDelivered()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        talk.Client.HalfClose();
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(await talk.Client.ReadToEndAsync(), Does.EndWith("ok"));
    }

    [Test]
    public async Task AnswerThatGoesOnComing_IsDeliveredHoweverLongItTakes()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        talk.Client.HalfClose();
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        var pause = PeerWatch.HalfClosedWaitMax / 4;
        for (var i = 0; i < 6; i++)
        {
            await Task.Delay(pause);
            await peer.SendAsync("5\r\nhello\r\n");
        }

        await peer.SendAsync("0\r\n\r\n");
        Assert.That(await talk.Client.ReadToEndAsync(), Does.EndWith("5\r\nhello\r\n0\r\n\r\n"));
    }

    [Test]
    public async Task SlowReader_ReceivesAllOfALargeAnswer()
    {
        const int Size = 8_000_000;
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine), receiveBytes: 16 * 1024);
        await talk.Client.SendAsync(Get);
        talk.Client.HalfClose();
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Size}\r\n\r\n");
        var sending = peer.SendAsync(new byte[Size]);

        // The backend waits for the client here, not the client for the backend.
        await Task.Delay(PeerWatch.HalfClosedWaitMax * 1.5);
        await talk.Client.ReadHeadAsync();
        Assert.That(await talk.Client.CountToEndAsync(), Is.EqualTo(((long)Size, false)));
        await sending;
    }

    [Test]
    public async Task Tunnel_StaysHalfOpen()
    {
        const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{Upgrade}");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync($"HTTP/1.1 101 Switching Protocols\r\n{Upgrade}");
        await talk.Client.ReadHeadAsync();
        talk.Client.HalfClose();
        Assert.That(await peer.ReadToEndAsync(), Is.Empty);
        await Task.Delay(PeerWatch.HalfClosedWaitMax * 1.5);
        await peer.SendAsync("late");
        Assert.That(await talk.Client.ReadAsync(4), Is.EqualTo("late"));
    }

    [Test]
    public async Task ManyOfThem_GiveTheirPlacesBack()
    {
        const int Places = 20;
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, bounds: new ConnectionBounds(Places)));
        talk.Client.Dispose();
        for (var i = 0; i < Places; i++)
        {
            using var client = await talk.Proxy.ConnectAsync();
            await client.SendAsync(Get);
            var peer = await talk.Backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            await client.ReadHeadAsync();
            client.HalfClose();
        }

        using var next = await talk.Proxy.ConnectAsync();
        await next.SendAsync("GET / HTTP/1.1\r\nHost: __ping__\r\n\r\n");
        Assert.That(await next.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK"));
    }
}
