using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>Connections through a load balancer that sends the client's address.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class ProxyProtocolTests(Engine engine)
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private const string Text = "PROXY TCP4 203.0.113.7 198.51.100.2 4711 80\r\n";
    private const string Binary = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f" +
        "\xcb\0\x71\x07\xc6\x33\x64\x02\x12\x67\0\x50\x04\0\0";
    private const string BinaryV6 = "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24" +
        "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x67\0\x50";
    private const string Local = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

    [TestCase(Text, "203.0.113.7", 4711)]
    [TestCase("PROXY TCP6 2001:db8::7 ::1 4711 80\r\n", "2001:db8::7", 4711)]
    [TestCase(Binary, "203.0.113.7", 4711)]
    [TestCase(BinaryV6, "2001:db8::7", 4711)]
    [TestCase("PROXY UNKNOWN\r\n", "127.0.0.1", null)]
    [TestCase(Local, "127.0.0.1", null)]
    public async Task Source_IsTheClientEverywhere(string header, string client, int? port)
    {
        await using var proxy = new ProxyUnderTest(engine, accessFormat: AccessLogFormat.Json);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var balancer = await Peer.ConnectAsync(proxy.ListenProxied());
        await balancer.SendAsync(header + Get);
        using var peer = await backend.AcceptAsync();
        Assert.That(Peer.ValueOf(await peer.ReadHeadAsync(), "X-Forwarded-For"), Is.EqualTo(client));
        await peer.SendAsync(Ok);
        Assert.That(await balancer.ReadHeadAsync(), Does.StartWith("HTTP/1.1 200 "));

        using var line = JsonDocument.Parse(await proxy.Accesses.LineAsync("/x"));
        Assert.That(line.RootElement.GetProperty("client").GetString(), Is.EqualTo(client));
        if (port is null) port = ((IPEndPoint)balancer.Socket.LocalEndPoint!).Port;
        Assert.That(line.RootElement.GetProperty("client_port").GetInt32(), Is.EqualTo(port));
    }

    [TestCase(Text)]
    [TestCase(Binary)]
    public async Task Header_MayComeInAnyPieces(string header)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new AnsweringBackend(200);
        proxy.Routes.Set("a.com", backend.Url);
        using var balancer = await Peer.ConnectAsync(proxy.ListenProxied());
        foreach (var character in header) await balancer.SendAsync($"{character}");
        await balancer.SendAsync(Get);
        Assert.That(await balancer.ReadHeadAsync(), Does.StartWith("HTTP/1.1 200 "));
    }

    [Test]
    public async Task Header_ComesBeforeTls([Values(Text, Binary)] string header)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var authority = new TestAuthority();
        using var certificates = FixedCertificates.CacheFor(authority);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        var balancer = await Peer.ConnectAsync(proxy.ListenProxied(certificates: certificates));
        await balancer.SendAsync(header);
        using var client = await TlsPeer.ConnectAsync(balancer.Socket, "a.com");
        await client.SendAsync(Get);
        using var peer = await backend.AcceptAsync();
        var head = await peer.ReadHeadAsync();
        Assert.That(Peer.ValueOf(head, "X-Forwarded-For"), Is.EqualTo("203.0.113.7"));
        Assert.That(Peer.ValueOf(head, "X-Forwarded-Proto"), Is.EqualTo("https"));
        await peer.SendAsync(Ok);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 "));
    }

    [TestCase(Get)]
    [TestCase("\x16\x03\x01\x02\0\x01")]
    [TestCase("PROXY TCP4 a b c d\r\n")]
    [TestCase("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c")]
    public async Task ConnectionWithoutAValidHeader_IsCutAndToldOnce(string said)
    {
        await using var proxy = new ProxyUnderTest(engine);
        var port = proxy.ListenProxied();
        for (var turn = 0; turn < 3; turn++)
        {
            using var client = await Peer.ConnectAsync(port);
            await client.SendAsync(said);
            Assert.That(await client.IsClosedAsync());
        }

        Assert.That(await proxy.Errors.LineAsync("PROXY protocol"), Does.EndWith(
            " PROXY protocol error from 127.0.0.1: the connection does not start with a valid header"));
        Assert.That(proxy.Errors.Text.Split("PROXY protocol error"), Has.Length.EqualTo(2), "folded");
        Assert.That(proxy.Accesses.Text, Is.Empty);
    }

    [TestCase("")]
    [TestCase("PROXY TCP4 ")]
    public async Task ConnectionThatDoesNotSayIt_IsCutInTime(string said)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var client = await Peer.ConnectAsync(proxy.ListenProxied(TimeSpan.FromMilliseconds(300)));
        await client.SendAsync(said);
        Assert.That(await client.IsClosedAsync());
        await proxy.Errors.LineAsync("PROXY protocol error from 127.0.0.1: timeout while waiting for the header");
    }

    [Test]
    public async Task ConnectionThatEndsWithinIt_IsTold_ButNotOneThatOnlyLooks()
    {
        await using var proxy = new ProxyUnderTest(engine);
        var port = proxy.ListenProxied();
        (await Peer.ConnectAsync(port)).Dispose();
        using var client = await Peer.ConnectAsync(port);
        await client.SendAsync("PROXY");
        client.HalfClose();
        Assert.That(await client.IsClosedAsync());
        await proxy.Errors.LineAsync("connection closed within the header");
        Assert.That(proxy.Errors.Text.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Header_IsTakenFromTrustedProxiesOnly()
    {
        await using var proxy = new ProxyUnderTest(engine, trustedProxies: "10.0.0.0/8");
        Assert.That(await IsCutAsync(proxy.ListenProxied()), "whatever it would say");
        await proxy.Errors.LineAsync("PROXY protocol error from 127.0.0.1: not in --trusted-proxies");
    }

    [Test]
    public async Task ClientBehindATrustedBalancer_IsNotTrustedItself()
    {
        await using var proxy = new ProxyUnderTest(engine, trustedProxies: "127.0.0.0/8");
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var balancer = await Peer.ConnectAsync(proxy.ListenProxied());
        await balancer.SendAsync(Text + "GET / HTTP/1.1\r\nHost: a.com\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n");
        using var peer = await backend.AcceptAsync();
        Assert.That(Peer.ValueOf(await peer.ReadHeadAsync(), "X-Forwarded-For"), Is.EqualTo("203.0.113.7"));
    }

    // It is so quick that connecting may fail already.
    private static async Task<bool> IsCutAsync(int port)
    {
        try
        {
            using var client = await Peer.ConnectAsync(port);
            return await client.IsClosedAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
