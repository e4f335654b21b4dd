using NUnit.Framework;
using Proxy.Core;

namespace Proxy.Tests.Conversations;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class DrainTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Test]
    public async Task RunningExchange_IsFinishedAndItsConnectionClosed()
    {
        await using var talk = await Conversation.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        var drained = talk.Proxy.Server.DrainAsync(Long, CancellationToken.None);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var response = await talk.Client.ReadToEndAsync();
        Assert.That(Peer.ValueOf(response, "Connection"), Is.EqualTo("close"));
        Assert.That(response, Does.EndWith("ok"));
        Assert.That(await drained, Is.True);
    }

    [Test]
    public async Task IdleConnection_IsClosed()
    {
        await using var talk = await Conversation.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await talk.Proxy.Server.DrainAsync(Long, CancellationToken.None), Is.True);
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task Tunnels_EndBeforeTheLimit_EachAtItsMoment()
    {
        const int Tunnels = 60;
        const string Upgrade = "GET / HTTP/1.1\r\nHost: a.com\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n";
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        var ends = new List<Peer>();
        for (var i = 0; i < Tunnels; i++)
        {
            ends.Add(await proxy.ConnectAsync());
            await ends[^1].SendAsync(Upgrade);
            ends.Add(await backend.AcceptAsync());
            await ends[^1].ReadHeadAsync();
            await ends[^1].SendAsync("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n");
            Assert.That(await ends[^2].ReadHeadAsync(), Does.StartWith("HTTP/1.1 101 "));
        }

        var drained = await proxy.Server.DrainAsync(TimeSpan.FromSeconds(3), CancellationToken.None);
        ends.ForEach(end => end.Dispose());
        Assert.That(drained, Is.True, $"{proxy.Server.OpenConnections} were left");
    }

    [Test]
    public async Task ExchangeThatDoesNotEnd_IsLeftAfterTheLimit()
    {
        await using var talk = await Conversation.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(
            await talk.Proxy.Server.DrainAsync(TimeSpan.FromMilliseconds(200), CancellationToken.None), Is.False);
        Assert.That(talk.Proxy.Server.OpenConnections, Is.EqualTo(1));
    }
}
