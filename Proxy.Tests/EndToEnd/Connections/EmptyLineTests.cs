using NUnit.Framework;
using Proxy.Core;
using Proxy.Http.Clients;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>CRLF between requests (RFC 9112 §2.2), and heads that stop in the middle: both are idle clients.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class EmptyLineTests(Engine engine)
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 2\r\n\r\nhi";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly Timeouts ShortIdle = ProxyUnderTest.NoTimeouts with { ClientIdle = Short };

    private static readonly string[] Between = ["\r\n", "\r", "\r\n\r", "\r\n\r\n\r\n"];

    [TestCaseSource(nameof(Between))]
    public async Task EmptyLinesBehindABody_LeaveTheConnectionIdle(string lines)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, ShortIdle));
        await talk.ExchangeAsync(Post + lines, Ok);
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [TestCaseSource(nameof(Between))]
    public async Task EmptyLinesBehindABody_AreIdleToWhoLooks(string lines)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Post, Ok);
        await talk.Client.SendAsync(lines);
        await Eventually.IsTrue(
            () => talk.Proxy.Context.Connections.GetOldest(1) is [{ Stage: ConnectionStage.Idle, Host: null }], "idle");
    }

    [TestCase("\r")]
    [TestCase("\r\n\r\n\r\n")]
    public async Task EmptyLinesBehindABody_DoNotHoldUpAStop(string lines)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Post + lines, Ok);
        Assert.That(await talk.Proxy.Context.Connections.DrainAsync(Long, CancellationToken.None), Is.True);
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task ConnectionThatOnlyEverSentAnEmptyLine_IsIdle()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, ShortIdle));
        await talk.Client.SendAsync("\r\n");
        Assert.That(await talk.Client.IsClosedAsync());
    }

    [Test]
    public async Task EmptyLinesThatGoOnAndOn_DoNotKeepAConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, ShortIdle));
        await talk.ExchangeAsync(Post, Ok);
        var closed = talk.Client.IsClosedAsync();
        var dripping = DripAsync(talk.Client, closed);
        Assert.That(await closed);
        await dripping;
    }

    [Test]
    public async Task EmptyLinesBehindTheLastRequest_DoNotKeepItsConnection()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n", Ok);
        Assert.That(await talk.Client.IsClosedAsync());
        await Eventually.IsTrue(() => talk.Proxy.Context.Connections.Count == 0, "closed");
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1_000)]
    [TestCase(EmptyLines.BytesMax / 2)]
    public async Task RequestBehindEmptyLines_IsServed(int count)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Post, Ok);
        await talk.Client.SendAsync(string.Concat(Enumerable.Repeat("\r\n", count)));
        var (request, response) = await talk.ExchangeAsync(Post, Ok);
        Assert.That(request, Does.StartWith("POST / HTTP/1.1\r\n"));
        Assert.That(response, Does.EndWith("ok"));
    }

    [Test]
    public async Task RequestBehindEmptyLines_IsServedHoweverTheyAreCut()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        foreach (var b in "\r\n\r\n" + Post + "\r\n\r") await talk.Client.SendAsync(b.ToString());
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadMessageAsync();
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
        await talk.Client.SendAsync("\n" + Post);
        await peer.ReadMessageAsync();
        await peer.SendAsync(Ok);
        Assert.That(await talk.Client.ReadMessageAsync(), Does.EndWith("ok"));
    }

    [TestCase("\r", "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("\r\n\r", "\rGET / HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("\r\n", "\nGET / HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    public async Task HalfAnEmptyLine_IsNoneAndRefused(string before, string after)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(before);
        await talk.Client.SendAsync(after);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task FloodOfEmptyLines_IsRefused()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(string.Concat(Enumerable.Repeat("\r\n", 1 + (EmptyLines.BytesMax / 2))));
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 400 "));
    }

    [TestCase("G")]
    [TestCase("GE")]
    [TestCase("GET / HTTP/1.1\r\nHo")]
    public async Task HeadThatStops_IsClosedAfterTheIdleTime(string part)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, ShortIdle));
        await talk.ExchangeAsync(Post, Ok);
        await talk.Client.SendAsync(part);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
    }

    [Test]
    public async Task HeadThatStops_DoesNotHoldUpAStop()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.ExchangeAsync(Post, Ok);
        await talk.Client.SendAsync("GE");
        await Eventually.IsTrue(
            () => talk.Proxy.Context.Connections.GetOldest(1) is [{ Stage: ConnectionStage.ReadingHead }],
            "the head has begun");
        var drained = talk.Proxy.Context.Connections.DrainAsync(Long, CancellationToken.None);
        Assert.That(await talk.Client.ReadToEndAsync(), Does.StartWith("HTTP/1.1 400 "));
        talk.Client.Dispose();
        Assert.That(await drained, Is.True);
    }

    private static async Task DripAsync(Peer client, Task closed)
    {
        try
        {
            while (!closed.IsCompleted)
            {
                await client.SendAsync("\r\n");
                await Task.Delay(Short / 10);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The proxy has closed it, as it should.
        }
    }
}
