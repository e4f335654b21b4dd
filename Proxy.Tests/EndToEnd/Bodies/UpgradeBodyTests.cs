using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Bodies;

/// <summary>A request may have a body and ask for an upgrade: the body comes first (RFC 9110 §7.8).</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class UpgradeBodyTests(Engine engine)
{
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n";
    private const string Switch = $"HTTP/1.1 101 UPGRADED\r\n{Upgrade}\r\n";

    [TestCase("Content-Length: 2\r\n\r\n{}", 2)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 12)]
    [TestCase("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 2)]
    public async Task Body_ComesFirstAndTheTunnelOpensBehindIt(string framingAndBody, int bodyBytes)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"POST /exec/1/start HTTP/1.1\r\nHost: a.com\r\n{Upgrade}{framingAndBody}early");
        var peer = await talk.Backend.AcceptAsync();
        Assert.That(
            await peer.ReadHeadAsync(), Does.Contain("Connection: Upgrade\r\n").And.Contain("Upgrade: tcp\r\n"));
        Assert.That(await peer.ReadAsync(bodyBytes), Does.Contain("{}"));
        await peer.SendAsync(Switch + "hello");
        Assert.That(
            await talk.Client.ReadHeadAsync(),
            Is.EqualTo("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"));
        Assert.That(await talk.Client.ReadAsync(5), Is.EqualTo("hello"));
        Assert.That(await peer.ReadAsync(5), Is.EqualTo("early"));
        await talk.Client.SendAsync("ls");
        Assert.That(await peer.ReadAsync(2), Is.EqualTo("ls"));
    }

    [Test]
    public async Task SwitchBeforeTheBodyWasSent_IsAnInvalidResponse()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync($"POST / HTTP/1.1\r\nHost: a.com\r\n{Upgrade}Content-Length: 10\r\n\r\nhello");
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.ReadAsync(5);
        await peer.SendAsync(Switch);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503 "));
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR"), Does.Contain("101 before the request body was read"));
        Assert.That(await peer.IsClosedAsync());
    }

    [Test]
    public async Task OrdinaryAnswer_EndsAnOrdinaryExchange()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            $"POST / HTTP/1.1\r\nHost: a.com\r\n{Upgrade}Content-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(request, Does.EndWith("hello"));
        Assert.That(response, Does.StartWith("HTTP/1.1 200 OK\r\n").And.EndWith("ok"));
    }

    [Test]
    public async Task UpgradeToHttp2_IsNeverPassedOn()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(request, Does.Not.Contain("Upgrade"));
    }
}
