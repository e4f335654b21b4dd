using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Transport.Epoll;
using Proxy.Http.Telemetry;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>Tunnels that carry much go through pipes in the kernel, without a difference in the bytes.</summary>
public sealed class RelayTests
{
    private const int Size = 8_000_000;

    private const string Upgrade =
        "GET /chat HTTP/1.1\r\nHost: a.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    private const string Switch =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    [Test]
    public async Task LargeTransfer_GoesThroughAPipeAndIsCounted()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(Engine.Native));
        var peer = await OpenAsync(talk.Client, talk);
        var bytes = Bytes(1);
        var sending = peer.SendAsync(bytes);
        Assert.That(await talk.Client.ReadAsync(Size), Is.EqualTo(Text(bytes)));
        await sending;
        await peer.SendAsync("and more");
        Assert.That(await talk.Client.ReadAsync(8), Is.EqualTo("and more"));
        Assert.That(Pipes(talk.Proxy).Sum(pool => pool.Rentals), Is.Positive);
        AssertIdleHoldsNoPipe(talk.Proxy);
        Assert.That(
            () => talk.Proxy.Meter.Sum(ExchangeCounter.TunnelBytesToClients), Is.EqualTo(Size + 8).After(5000, 10));
        peer.HalfClose();
        talk.Client.HalfClose();
        Assert.That(await talk.Client.ReadToEndAsync(), Is.Empty);
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET /chat"), Does.Contain($"\" 101 {Size + 8} \""));
    }

    [Test]
    public async Task WithoutPipes_LargeTransfersArriveAsWell()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(Engine.Native));
        foreach (var pool in Pipes(talk.Proxy)) pool.UsedLimit = 0;
        var peer = await OpenAsync(talk.Client, talk);
        var bytes = Bytes(2);
        var sending = peer.SendAsync(bytes);
        Assert.That(await talk.Client.ReadAsync(Size), Is.EqualTo(Text(bytes)));
        await sending;
        Assert.That(Pipes(talk.Proxy).Sum(pool => pool.Rentals), Is.Zero);
    }

    [Test]
    public async Task SenderThatEndsInTheMiddle_EndsTheReceiverBehindItsLastByte()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(Engine.Native));
        var peer = await OpenAsync(talk.Client, talk);
        var bytes = Bytes(5);
        var sending = talk.Client.SendAsync(bytes);
        var reading = peer.ReadToEndAsync();
        await sending;
        talk.Client.HalfClose();
        Assert.That(await reading, Is.EqualTo(Text(bytes)));
        await peer.SendAsync("still here");
        Assert.That(await talk.Client.ReadAsync(10), Is.EqualTo("still here"));
    }

    [Test]
    public async Task TunnelThatOnlyRelays_IsNotIdle()
    {
        var timeouts = ProxyUnderTest.NoTimeouts with { TunnelIdle = TimeSpan.FromSeconds(2) };
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(Engine.Native, timeouts));
        var peer = await OpenAsync(talk.Client, talk);
        var part = Bytes(6).AsMemory(0, 500_000);
        for (var i = 0; i < 10; i++)
        {
            var sending = peer.SendAsync(part);
            Assert.That(await talk.Client.ReadAsync(part.Length), Is.EqualTo(Text(part.ToArray())));
            await sending;
            await Task.Delay(220);
        }

        Assert.That(await talk.Client.IsClosedAsync());
        Assert.That(await peer.IsClosedAsync());
    }

    private static void AssertIdleHoldsNoPipe(ProxyUnderTest proxy) =>
        Assert.That(() => Pipes(proxy).Sum(pool => pool.Used), Is.Zero.After(5000, 10));

    private static IEnumerable<PipePool> Pipes(ProxyUnderTest proxy) =>
        ((EpollTransport)proxy.Transport).Loops.Select(loop => loop.Pipes);

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[Size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static async Task<Peer> OpenAsync(Peer client, ClientAndBackend talk)
    {
        await client.SendAsync(Upgrade);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Switch);
        await client.ReadHeadAsync();
        return peer;
    }
}
