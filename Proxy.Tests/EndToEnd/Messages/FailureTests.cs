using System.Net.Sockets;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class FailureTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Test]
    [Category("G-RP-7")]
    public async Task LoneBackendThatRefuses_Answers503AndIsMarkedDead()
    {
        await using var proxy = new ProxyUnderTest(engine, requestIdHeader: "RID");
        var url = $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}";
        proxy.Routes.Set("a.com", url);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET /x%20y?z HTTP/1.1\r\nHost: a.com\r\nRID: 7\r\n\r\n");
        var response = await client.ReadMessageAsync();
        Assert.That(response, Does.StartWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"));
        Assert.That(response, Does.Not.Contain("Connection"));
        var line = await proxy.Errors.LineAsync("ERROR in");
        Assert.That(
            line,
            Does.Contain($" ERROR in a.com -> {url} - /x%20y - RID:7 - error in backend request: dial tcp "));
        Assert.That(line, Does.EndWith(" *DEAD*"));
        Assert.That(() => proxy.Routes.Dead, Is.EqualTo(new[] { url }).After(5000, 10));
        Assert.That(await proxy.Accesses.LineAsync("GET /x"), Does.Contain("\" 503 0 \""));
    }

    [Test]
    public async Task OneBackendRefuses_TheNextOneAnswers()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}", talk.Backend.Url);
        var (request, response) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhello", Ok);
        Assert.That(request, Does.EndWith("hello"));
        Assert.That(response, Does.EndWith("ok"));
    }

    [Test]
    public async Task BackendThatRefusesWhileTheNextOneAnswers_HasItsLineOnce()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, requestIdHeader: "RID"));
        var dead = $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}";
        talk.Proxy.Routes.Set("a.com", dead, talk.Backend.Url);
        await talk.ExchangeAsync("GET /x HTTP/1.1\r\nHost: a.com\r\nRID: 7\r\n\r\n", Ok);
        var line = await talk.Proxy.Errors.LineAsync("ERROR in");
        Assert.That(
            line, Does.Contain($" ERROR in a.com -> {dead} - /x - RID:7 - error in backend request: dial tcp "));
        Assert.That(line, Does.EndWith(" *DEAD*"));
    }

    [TestCase("nowhere.com", TestName = "UnknownHost_IsToldSo")]
    [Category("G-RP-8")]
    public async Task NoBackends_Answers400(string host)
    {
        await using var proxy = new ProxyUnderTest(engine, requestIdHeader: "RID");
        using var client = await proxy.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nRID: 5\r\n\r\n");
            var response = await client.ReadMessageAsync();
            Assert.That(
                response,
                Does.StartWith("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"));
            Assert.That(response, Does.EndWith("\r\n\r\nno such route"));
        }

        Assert.That(await proxy.Errors.LineAsync("ERROR in"), Does.Match(
            $@"^\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d ERROR in {Regex.Escape(host)} -> \? - / - RID:5 - " +
            @"no backends registered for host \(no_route\)$"));
        Assert.That(await proxy.Accesses.LineAsync("GET"), Does.Contain("400 13 \"\" \"\" \"RID:5\" \"\" \"\""));
    }

    [Test]
    [Category("G-RP-9")]
    public async Task AllBackendsDead_Answers503WithItsWords()
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadMessageAsync();
        await client.SendAsync(Get);
        Assert.That(
            await client.ReadMessageAsync(),
            Does.StartWith("HTTP/1.1 503").And.EndWith("all backends are dead"));
    }

    [Test]
    [Category("G-RP-10")]
    public async Task RoutesUnavailable_Answers503()
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Failure = "connection refused";
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(
            await client.ReadMessageAsync(),
            Does.StartWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"));
        Assert.That(
            await proxy.Errors.LineAsync("ERROR in a.com -> ? - / - : - "),
            Does.EndWith("connection refused (routes_unavailable)"));
    }

    [TestCase("", Category = "G-RP-12")]
    [TestCase("//127.0.0.1:80", Category = "G-RP-13")]
    public async Task BackendUrlWithoutHost_Answers400(string url)
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", url);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a.com\r\nX-Debug-Router: 1\r\n\r\n");
        var response = await client.ReadMessageAsync();
        Assert.That(response, Does.StartWith("HTTP/1.1 400").And.EndWith("no such route"));
        Assert.That(Peer.ValueOf(response, "X-Debug-Frontend-Key"), Is.EqualTo("a.com"));
        Assert.That(Peer.ValueOf(response, "X-Debug-Backend-Url"), Is.EqualTo(url));
    }

    [TestCase("ftp://127.0.0.1:80")]
    [TestCase("ws://127.0.0.1:80")]
    public async Task BackendSchemeThatIsNotSpoken_Answers503(string url)
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", url);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(
            await client.ReadMessageAsync(),
            Does.StartWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"));
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [TestCase("")]
    [TestCase("this is not http\r\n\r\n")]
    [TestCase("HTTP/1.1 abc\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [TestCase("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\nA: b\n\n")]
    [TestCase("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n")]
    [TestCase("HTTP/2 200 OK\r\n\r\n")]
    public async Task BackendThatClosesOrIsNotHttp_Answers503AndIsNotMarked(string answer)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        if (answer.Length > 0) await peer.SendAsync(answer);
        peer.HalfClose();
        Assert.That(
            await talk.Client.ReadMessageAsync(),
            Does.StartWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"));
        Assert.That(await talk.Proxy.Errors.LineAsync("ERROR in"), Does.Contain("error in backend request: "));
        Assert.That(await peer.IsClosedAsync());
        var (_, response) = await talk.ExchangeAsync(Get, Ok);
        Assert.That(response, Does.EndWith("ok"));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task ServerErrorsOfTheBackend_ArePassedOn([Values(500, 502, 503, 504, 599)] int status)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(Get, $"HTTP/1.1 {status} Oops\r\nContent-Length: 1\r\n\r\nx");
        Assert.That(response, Does.StartWith($"HTTP/1.1 {status} Oops\r\n").And.EndWith("x"));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    [Category("G-RP-14")]
    public async Task FiftyParallelRequests_AreAllAnswered()
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        var serving = Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var peer = await backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            peer.HalfClose();
        }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Get);
            return await client.ReadMessageAsync();
        }));
        await serving;
        Assert.That(answers, Has.All.StartsWith("HTTP/1.1 200 OK"));
    }

    [Test]
    [Category("G-RP-15")]
    public async Task FiftyParallelRequestsToAClosedPort_AreAllAnswered503()
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", $"http://127.0.0.1:{ScriptedBackend.ClosedPort()}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Get);
            return await client.ReadMessageAsync();
        }));
        Assert.That(answers, Has.All.StartsWith("HTTP/1.1 503"));
    }

    [Test]
    [Category("G-RP-16")]
    public async Task Ping_AnswersOkForAnyMethodAndIsNotLogged()
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET /?x HTTP/1.1\r\nHost: __ping__\r\n\r\n");
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK\r\n").And.EndWith("\r\n\r\nOK"));
        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: __ping__\r\n\r\n");
        Assert.That(await client.ReadMessageAsync(hasBody: false), Does.Contain("Content-Length: 2\r\n"));
        await client.SendAsync("GET /x HTTP/1.1\r\nHost: __ping__\r\n\r\n");
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("no such route"));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: __ping__:80\r\n\r\n");
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("no such route"));
        await proxy.Accesses.LineAsync("GET /x");
        Assert.That(proxy.Accesses.Text, Does.Not.Contain("\" 200 "));
    }

    [Test]
    [Category("G-RP-17")]
    public async Task PingWhenRoutesCannotBeServed_Answers500WithTheReason()
    {
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Failure = "the reason";
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: __ping__\r\n\r\n");
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 500").And.EndWith("the reason"));
    }

    [Test]
    public async Task OptionsAsterisk_IsAnsweredByTheProxy()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync("OPTIONS * HTTP/1.1\r\nHost: a.com\r\n\r\n");
        Assert.That(await talk.Client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"));
        Assert.That(talk.Backend.IsAsked, Is.False);
    }

    [Test]
    public async Task LocalAnswerToARequestWithABody_ArrivesAndTheConnectionEnds()
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(
            "POST / HTTP/1.1\r\nHost: nowhere\r\nContent-Length: 100000\r\n\r\n" + new string('x', 90_000));
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("no such route"));
        Assert.That(await client.IsClosedAsync());
    }

    [Test]
    public async Task ClientThatResetsWhileWaiting_HarmsNobodyElse()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        await talk.Client.SendAsync(Get);
        var peer = await talk.Backend.AcceptAsync();
        await peer.ReadHeadAsync();
        talk.Client.Reset();
        try
        {
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        }
        catch (SocketException)
        {
            // The proxy has seen it first, and left the backend.
        }

        using var other = await talk.Proxy.ConnectAsync();
        await other.SendAsync(Get);
        using var next = await talk.Backend.AcceptAsync();
        await next.ReadHeadAsync();
        await next.SendAsync(Ok);
        Assert.That(await other.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }
}
