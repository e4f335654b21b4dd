using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

/// <summary>Goal: with <c>--hipache --retries 0</c> Hipache's own functional cases hold.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class HipacheTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";

    [Test]
    [Category("H-F-50")]
    public async Task UnknownHost_Answers400()
    {
        await using var proxy = NewProxy();
        Assert.That(await StatusAsync(proxy), Is.EqualTo(400));
    }

    [Test]
    [Category("H-F-51..71")]
    public async Task OneOfTwoBackendsIsDown_OneRequestAtMostFails()
    {
        await using var proxy = NewProxy();
        using var backend = new AnsweringBackend(201);
        proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}", backend.Url);
        var statuses = await StatusesAsync(proxy, 20);
        Assert.That(statuses.Count(status => status == 502), Is.EqualTo(1));
        Assert.That(statuses.Count(status => status == 201), Is.EqualTo(19));
    }

    [Test]
    [Category("H-F-72..92")]
    public async Task OneOfTwoBackendsAnswers501_ItIsSeenOnce([Values(501, 502, 504, 599)] int status)
    {
        await using var proxy = NewProxy();
        using var failing = new AnsweringBackend(status);
        using var backend = new AnsweringBackend(201);
        proxy.Routes.Set("a.com", failing.Url, backend.Url);
        var statuses = await StatusesAsync(proxy, 20);
        Assert.That(statuses.Count(seen => seen == status), Is.EqualTo(1));
        Assert.That(statuses.Count(seen => seen == 201), Is.EqualTo(19));
    }

    [TestCase(500, "")]
    [TestCase(503, "Retry-After: 5\r\n")]
    public async Task StatusThatDoesNotMark_IsSeenInTurn(int status, string fields)
    {
        await using var proxy = NewProxy();
        using var failing = new AnsweringBackend(status, fields);
        using var backend = new AnsweringBackend(201);
        proxy.Routes.Set("a.com", failing.Url, backend.Url);
        Assert.That((await StatusesAsync(proxy, 10)).Count(seen => seen == status), Is.EqualTo(5));
    }

    [Test]
    public async Task LoneBackend_IsNeverMarked()
    {
        await using var proxy = NewProxy();
        proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        Assert.That(await StatusesAsync(proxy, 3), Is.All.EqualTo(502));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task ClientIsToldOf_UnlessItToldItself()
    {
        await using var talk = await ClientAndBackend.BeginAsync(NewProxy());
        var (request, _) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Forwarded-Port: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(Peer.ValueOf(request, "X-Real-IP"), Is.EqualTo("::ffff:127.0.0.1"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Protocol"), Is.EqualTo("http"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Port"), Is.EqualTo("1"));
    }

    [Test]
    public async Task Debug_TellsTheRoute()
    {
        await using var talk = await ClientAndBackend.BeginAsync(NewProxy());
        var (request, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Debug: yes\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.That(Peer.ValueOf(request, "X-Debug"), Is.EqualTo("yes"));
        Assert.That(Peer.ValueOf(response, "x-debug-backend-url"), Is.EqualTo(talk.Backend.Url));
        Assert.That(Peer.ValueOf(response, "x-debug-backend-id"), Is.EqualTo("0"));
        Assert.That(Peer.ValueOf(response, "x-debug-vhost"), Is.EqualTo("a.com"));
        Assert.That(Peer.ValueOf(response, "x-debug-time-total"), Does.Match("^\\d+$"));
    }

    private static async Task<int[]> StatusesAsync(ProxyUnderTest proxy, int count)
    {
        var statuses = new int[count];
        for (var i = 0; i < count; i++) statuses[i] = await StatusAsync(proxy);
        return statuses;
    }

    private static async Task<int> StatusAsync(ProxyUnderTest proxy)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        return int.Parse((await client.ReadMessageAsync()).Split(' ')[1]);
    }

    private ProxyUnderTest NewProxy() => new(engine, retries: 0, isHipache: true);
}
