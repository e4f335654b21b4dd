using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TimeoutTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Test]
    [Category("G-RP-19")]
    public async Task SilentBackend_Answers503AndIsNotMarked()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { Request = Short }, "RID"));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        Assert.That(
            await talk.Client.ReadMessageAsync(),
            Does.StartWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"));
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR"), Does.Match(
            " ERROR in a.com -> http://127.0.0.1:\\d+ - / - RID:[0-9a-f-]{36} - request timeout after 0\\.\\d+s: "));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    [Category("G-RP-20")]
    public async Task BackendThatNeverAcceptsTheConnection_Answers503AndIsMarkedDead()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);
        await using var proxy = new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { Dial = Short });
        proxy.Routes.Set("a.com", $"http://{full.LocalEndPoint}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        Assert.That(
            await proxy.Errors.LineAsync("ERROR"),
            Does.Contain("dial timeout after 0.").And.EndsWith("*DEAD*"));
        Assert.That(() => proxy.Routes.Dead, Has.Count.EqualTo(1).After(5000, 10));
    }

    [Test]
    public async Task SlowResponseBody_IsNotLimitedByTheRequestTimeout()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { Request = Short }));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        await talk.Client.ReadHeadAsync();
        await Task.Delay(2 * Short);
        await peer.SendAsync("ok");
        Assert.That(await talk.Client.ReadAsync(2), Is.EqualTo("ok"));
    }

    [Test]
    public async Task HeadThatDoesNotCome_Answers400AndCloses()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientReadHeader = Short }));
        await talk.Client.SendAsync("GET / HTTP/1.1\r\nHo");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 400 Bad Request\r\n"));
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task IdleConnection_IsClosedSilently()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientIdle = Short }));
        await talk.ExchangeAsync(Get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task BodyThatDoesNotCome_ClosesBothSides()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientRead = Short }));
        await talk.Client.SendAsync("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhe");
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        Assert.That(await talk.Client.IsClosedAsync());
        Assert.That(await peer.ReadAsync(2), Is.EqualTo("he"));
        Assert.That(await peer.IsClosedAsync());
        Assert.That(await talk.Proxy.Accesses.LineAsync("POST"), Does.Contain("\" 503 0 \""));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task ClientThatDoesNotRead_IsCut()
    {
        await using var talk = await ClientAndBackend.BeginAsync(
            new ProxyUnderTest(engine, ProxyUnderTest.NoTimeouts with { ClientWrite = Short }));
        await talk.Client.SendAsync(Get);
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        await Assert.ThrowsAsync(Is.InstanceOf<Exception>(), async () =>
        {
            for (var i = 0; i < 10_000; i++) await peer.SendAsync(new byte[100_000]);
        });
    }
}
