using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Transport.Admission;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>How many clients there may be, and how slow.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class LimitTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Test]
    public async Task ClientsAboveTheLimit_WaitAndAreServedWhenOthersEnd()
    {
        using var backend = new AnsweringBackend(200);
        await using var proxy = new ProxyUnderTest(engine, bounds: new ConnectionBounds(2));
        proxy.Routes.Set("a.com", backend.Url);
        var served = new Queue<Peer>();
        for (var i = 0; i < 2; i++)
        {
            served.Enqueue(await proxy.ConnectAsync());
            await AskAsync(served.Last());
        }

        var waiting = new List<Peer>();
        for (var i = 0; i < 20; i++)
        {
            waiting.Add(await proxy.ConnectAsync());
            await waiting[^1].SendAsync(Get);
        }

        Assert.That(proxy.Context.Connections.Count, Is.EqualTo(2));
        Assert.That(waiting, Has.All.Property("Socket").Property("Available").EqualTo(0));
        foreach (var peer in served) await AskAsync(peer);

        // The kernel chose their loops: in which order they are served is not promised.
        while (waiting.Count > 0)
        {
            served.Dequeue().Dispose();
            Peer? next = null;
            await Eventually.IsTrue(
                () => (next = waiting.Find(peer => peer.Socket.Available > 0)) is not null, "one more is served");
            Assert.That(await next!.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200"));
            Assert.That(proxy.Context.Connections.Count, Is.LessThanOrEqualTo(2));
            waiting.Remove(next);
            served.Enqueue(next);
        }

        foreach (var peer in served) peer.Dispose();
    }

    [Test]
    public async Task ClientsOfAllListeners_AreCountedTogether()
    {
        using var backend = new AnsweringBackend(200);
        await using var proxy = new ProxyUnderTest(engine, bounds: new ConnectionBounds(1));
        proxy.Routes.Set("a.com", backend.Url);
        var other = proxy.ListenAgain();
        var first = await proxy.ConnectAsync();
        await AskAsync(first);
        using var second = await Peer.ConnectAsync(other);
        await second.SendAsync(Get);
        await AskAsync(first);
        Assert.That(second.Socket.Available, Is.Zero);
        first.Dispose();
        Assert.That(await second.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200"));
    }

    [Test]
    public async Task ClientsOfOneAddressAboveItsLimit_AreClosedAndTold()
    {
        using var backend = new AnsweringBackend(200);
        await using var proxy = new ProxyUnderTest(engine, bounds: new ConnectionBounds(100, PerAddressMax: 1));
        proxy.Routes.Set("a.com", backend.Url);
        var first = await proxy.ConnectAsync();
        await AskAsync(first);
        for (var i = 0; i < 5; i++)
        {
            using var refused = await proxy.ConnectAsync();
            Assert.That(await refused.IsClosedAsync());
        }

        Assert.That(await proxy.Errors.LineAsync("closed"), Does.Contain("last one from 127.0.0.1: more"));
        first.Dispose();
        await Eventually.IsTrue(() => proxy.Context.Connections.Count == 0, "it is gone");
        await Eventually.IsTrue(
            async () =>
            {
                using var again = await proxy.ConnectAsync();
                try
                {
                    await again.SendAsync(Get);
                    return (await again.ReadMessageAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
                }
                catch (Exception e) when (e is SocketException or EndOfStreamException)
                {
                    return false;
                }
            },
            "the address is welcome again");
    }

    [Test]
    public async Task HeadThatTrickles_IsCutAllTheSame()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientReadHeader = Short }, lingerTime: Short));
        var trickling = TrickleAsync(talk.Client, "GET / HTTP/1.1\r\nHost: a.com\r\nX: " + new string('x', 10_000));
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 400 Bad Request\r\n"));
        Assert.That(await talk.Client.IsClosedAsync());
        await trickling;
    }

    [Test]
    public async Task BodyThatTrickles_IsCutAllTheSame()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientRead = Short }));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 10000\r\n\r\n");
        var trickling = TrickleAsync(talk.Client, new string('x', 10_000));
        using var backend = await talk.Backend.AcceptAsync();
        await backend.ReadHeadAsync();
        Assert.That(await talk.Client.IsClosedAsync());
        await trickling;
    }

    [Test]
    public async Task ClientThatReadsALittleNowAndThen_IsCutAllTheSame()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientWrite = Short }));
        await talk.Client.SendAsync(Get);
        using var backend = await talk.Backend.AcceptAsync();
        await backend.ReadHeadAsync();
        await backend.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        using var over = new CancellationTokenSource();
        var reading = ReadSlowlyAsync(talk.Client.Socket, over.Token);
        await Assert.ThrowsAsync(Is.InstanceOf<Exception>(), async () =>
        {
            for (var i = 0; i < 10_000; i++) await backend.SendAsync(new byte[100_000]);
        });
        await over.CancelAsync();
        await reading;
    }

    private static async Task AskAsync(Peer peer)
    {
        await peer.SendAsync(Get);
        Assert.That(await peer.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200"));
    }

    private static async Task TrickleAsync(Peer peer, string text)
    {
        try
        {
            foreach (var character in text)
            {
                await peer.SendAsync(character.ToString());
                await Task.Delay(10);
            }

            Assert.Fail("nobody cut it");
        }
        catch (SocketException)
        {
            // Cut, as it has to be.
        }
    }

    private static async Task ReadSlowlyAsync(Socket socket, CancellationToken over)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[1].AsMemory(), over) > 0) await Task.Delay(10, over);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Cut, or the test is over.
        }
    }
}
