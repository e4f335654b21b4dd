using System.Text.Json;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Observability;

/// <summary>What the JSON access log has about exchanges that succeed and fail.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class JsonLogTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Id = "0af7651916cd43dd8448eb211c80319c";
    private const string Trace = $"00-{Id}-b7ad6b7169203331-01";

    [Test]
    public async Task Exchange_IsTold()
    {
        await using var talk = await BeginAsync();
        var (request, _) = await talk.ExchangeAsync(
            "POST /p%20q?a=\"b\" HTTP/1.1\r\nHost: A.com:80\r\nContent-Length: 3\r\nUser-Agent: m\u00e9\\\r\n" +
            $"TraceParent: {Trace}\r\ntracestate: a=b\r\nX-Forwarded-For: 1.1.1.1\r\n\r\nabc", Ok);
        Assert.That(request, Does.Contain($"\r\nTraceParent: {Trace}\r\ntracestate: a=b\r\n"), "untouched");
        var line = await LineAsync(talk.Proxy, "/p");
        Assert.That(Text(line, "host", "route", "client", "method", "path", "query", "protocol", "scheme"), Is.EqualTo(
            (string[])["A.com:80", "a.com", "127.0.0.1", "POST", "/p%20q", "a=\"b\"", "HTTP/1.1", "http"]));
        Assert.That(
            Text(
                line, "user_agent", "request_id", "trace_id", "x_forwarded_for", "backend", "upgrade", "outcome",
                "tls_version"),
            Is.EqualTo((string[])["m\u00e9\\", "", Id, "1.1.1.1", talk.Backend.Url, "", "ok", ""]));
        Assert.That(Number(line, "status", "bytes_in", "bytes_out", "attempts"), Is.EqualTo((double[])[200, 3, 2, 1]));
        Assert.That(line.GetProperty("reused").GetBoolean(), Is.False);
        Assert.That(line.GetProperty("tls_resumed").GetBoolean(), Is.False);
        var seconds = Number(line, "backend_connect", "overhead", "backend_first_byte", "duration");
        Assert.That(seconds, Has.All.Not.Negative);
        Assert.That(seconds[3], Is.Positive.And.GreaterThanOrEqualTo(seconds[0]));
        Assert.That(seconds[2], Is.Positive);
    }

    [Test]
    public async Task ReusedConnection_IsTold()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("GET /1 HTTP/1.1\r\nHost: a.com\r\n\r\n");
        using var peer = await talk.Backend.AcceptAsync();
        foreach (var path in (string[])["/1", "/2"])
        {
            if (path == "/2") await talk.Client.SendAsync("GET /2 HTTP/1.1\r\nHost: a.com\r\n\r\n");
            await peer.ReadMessageAsync();
            await peer.SendAsync(Ok);
            await talk.Client.ReadMessageAsync();
            var line = await LineAsync(talk.Proxy, path);
            Assert.That(line.GetProperty("reused").GetBoolean(), Is.EqualTo(path == "/2"));
            if (path == "/2") Assert.That(Number(line, "backend_connect")[0], Is.Zero);
        }
    }

    [TestCase("", "")]
    [TestCase("traceparent: " + Trace + "\r\ntraceparent: " + Trace + "\r\n", "")]
    [TestCase("traceparent: 00-" + Id + "-b7ad6b7169203331-01-more\r\n", "")]
    [TestCase("traceparent: 01-" + Id + "-b7ad6b7169203331-01-more\r\n", Id)]
    [TestCase("traceparent: ff-" + Id + "-b7ad6b7169203331-01\r\n", "")]
    [TestCase("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n", "")]
    [TestCase("traceparent: 00-" + Id + "-0000000000000000-01\r\n", "")]
    [TestCase("traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\r\n", "")]
    [TestCase("traceparent: 00-" + Id + "\r\n", "")]
    [TestCase("traceparent: \"}\r\n", "")]
    public async Task Traceparent_IsPassedOnAndReadWhenItIsValid(string fields, string expected)
    {
        await using var talk = await BeginAsync();
        var (request, _) = await talk.ExchangeAsync($"GET /x HTTP/1.1\r\nHost: a.com\r\n{fields}\r\n", Ok);
        Assert.That(request, Does.Contain($"\r\n{fields}X-Forwarded-For"));
        Assert.That(Text(await LineAsync(talk.Proxy, "/x"), "trace_id")[0], Is.EqualTo(expected));
    }

    [Test]
    public async Task UnknownHost_EndsWithoutARoute()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("GET /x HTTP/1.1\r\nHost: b.com\r\n\r\n");
        await talk.Client.ReadMessageAsync();
        await ExpectAsync(talk.Proxy, "no_route", 400);
    }

    [Test]
    public async Task BackendThatRefuses_IsAFailedConnect()
    {
        await using var talk = await BeginAsync();
        talk.Proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        await talk.Client.SendAsync("GET /x HTTP/1.1\r\nHost: a.com\r\n\r\n");
        await talk.Client.ReadMessageAsync();
        await ExpectAsync(talk.Proxy, "connect_failed", 503);
    }

    [TestCase("", "backend_reset", 503)]
    [TestCase("HTTP/1.1 what\r\n\r\n", "backend_invalid_response", 503)]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "backend_reset_in_response", 200)]
    public async Task BackendThatBreaksOff_IsNamed(string answer, string end, int status)
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("POST /x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 1\r\n\r\na");
        using (var peer = await talk.Backend.AcceptAsync())
        {
            await peer.ReadMessageAsync();
            await peer.SendAsync(answer);
        }

        await talk.Client.ReadHeadAsync();
        await ExpectAsync(talk.Proxy, end, status);
    }

    [Test]
    public async Task SilentBackend_IsATimeout()
    {
        await using var talk = await BeginAsync(
            ProxyUnderTest.NoTimeouts with { Request = TimeSpan.FromMilliseconds(300) });
        await talk.Client.SendAsync("GET /x HTTP/1.1\r\nHost: a.com\r\n\r\n");
        await talk.Client.ReadMessageAsync();
        await ExpectAsync(talk.Proxy, "timeout_backend", 503);
    }

    [Test]
    public async Task ClientThatStopsSending_IsATimeoutOfTheClient()
    {
        await using var talk = await BeginAsync(
            ProxyUnderTest.NoTimeouts with { ClientRead = TimeSpan.FromMilliseconds(300) });
        await talk.Client.SendAsync("POST /x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\na");
        using var peer = await talk.Backend.AcceptAsync();
        await talk.Client.IsClosedAsync();
        await ExpectAsync(talk.Proxy, "timeout_client_in_request", 503);
    }

    [Test]
    public async Task ClientThatGoesAway_IsNamed([Values] bool isInAnswer)
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("POST /x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\na");
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        if (isInAnswer)
        {
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
            await talk.Client.ReadHeadAsync();
        }

        talk.Client.Reset();
        if (isInAnswer) Assert.That(async () => await FloodAsync(peer), Throws.Exception);
        await ExpectAsync(
            talk.Proxy, isInAnswer ? "client_gone_in_response" : "client_gone", isInAnswer ? 200 : 503);
    }

    [Test]
    public async Task MalformedBody_IsABadRequest()
    {
        await using var talk = await BeginAsync();
        await talk.Client.SendAsync("POST /x HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n?\r\n");
        await talk.Client.ReadHeadAsync();
        await ExpectAsync(talk.Proxy, "bad_request", 400);
    }

    [TestCase("ok")]
    [TestCase("drained")]
    [TestCase("timeout_tunnel")]
    [TestCase("tunnel_cut")]
    public async Task Tunnel_IsToldAtItsEnd(string end)
    {
        var idle = TimeSpan.FromMilliseconds(end == "timeout_tunnel" ? 500 : 0);
        await using var talk = await BeginAsync(ProxyUnderTest.NoTimeouts with { TunnelIdle = idle });
        await talk.ExchangeAsync(
            "GET /x HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: chat, websocket\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello", false);
        Assert.That(await talk.Client.ReadAsync(5), Is.EqualTo("hello"));
        if (end == "ok") talk.Client.HalfClose();
        if (end == "tunnel_cut") talk.Client.Reset();
        var draining = end == "drained"
            ? talk.Proxy.Context.Connections.DrainAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None)
            : Task.CompletedTask;
        var line = await LineAsync(talk.Proxy, "/x");
        await draining;
        Assert.That(Text(line, "upgrade", "outcome"), Is.EqualTo((string[])["websocket", end]));
        Assert.That(Number(line, "status", "bytes_out", "attempts"), Is.EqualTo((double[])[101, 5, 1]));
    }

    [Test]
    public async Task TunnelWhoseOnlyReceiverStalls_IsOverdue()
    {
        await using var talk = await BeginAsync(
            ProxyUnderTest.NoTimeouts with { TunnelIdle = TimeSpan.FromMilliseconds(500) });
        await talk.Client.SendAsync(
            "GET /x HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        using var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        await talk.Client.ReadHeadAsync();
        talk.Client.HalfClose();
        Assert.That(await peer.ReadToEndAsync(), Is.Empty);
        Assert.That(async () => await FloodAsync(peer), Throws.Exception);
        await ExpectAsync(talk.Proxy, "timeout_tunnel", 101);
    }

    private static async Task FloodAsync(Peer peer)
    {
        var piece = new byte[1024 * 1024];
        for (var i = 0; i < 800; i++) await peer.SendAsync(piece);
    }

    private static async Task ExpectAsync(ProxyUnderTest proxy, string end, int status)
    {
        var line = await LineAsync(proxy, "/x");
        Assert.That(Text(line, "outcome")[0], Is.EqualTo(end));
        Assert.That(Number(line, "status")[0], Is.EqualTo(status));
    }

    private static async Task<JsonElement> LineAsync(ProxyUnderTest proxy, string path) =>
        JsonDocument.Parse(await proxy.Accesses.LineAsync($"\"path\":\"{path}")).RootElement.Clone();

    private static string?[] Text(JsonElement line, params string[] names) =>
        [.. names.Select(name => line.GetProperty(name).GetString())];

    private static double[] Number(JsonElement line, params string[] names) =>
        [.. names.Select(name => line.GetProperty(name).GetDouble())];

    private Task<ClientAndBackend> BeginAsync(Timeouts? timeouts = null) => ClientAndBackend.BeginAsync(
        new ProxyUnderTest(engine, timeouts, accessFormat: AccessLogFormat.Json));
}
