using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Messages;

[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class HeaderTests(Engine engine)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Test]
    [Category("G-RP-1")]
    public async Task Request_PassesWithOrderAndSpelling()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, requestIdHeader: "X-RID"));
        var (request, response) = await talk.ExchangeAsync(
            "GET /a//b?c=%zz;d HTTP/1.1\r\nx-first: 1\r\nHost: a.com\r\nUser-Agent: me\r\nX-FIRST:  2  \r\n\r\n",
            "HTTP/1.1 299 Whatever It Is\r\nset-cookie: a\r\nServer: me\r\nSet-Cookie: b\r\n" +
            "Content-Length: 9\r\n\r\nmy result");
        var id = Peer.ValueOf(request, "X-RID");
        Assert.That(Guid.TryParse(id, out _), id);
        Assert.That(request, Is.EqualTo(
            "GET /a//b?c=%zz;d HTTP/1.1\r\nx-first: 1\r\nHost: a.com\r\nUser-Agent: me\r\nX-FIRST:  2  \r\n" +
            $"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-RID: {id}\r\n\r\n"));
        Assert.That(response, Does.StartWith(
            "HTTP/1.1 299 Whatever It Is\r\nset-cookie: a\r\nServer: me\r\nSet-Cookie: b\r\n" +
            "Content-Length: 9\r\nDate: "));
        Assert.That(response, Does.EndWith("GMT\r\n\r\nmy result"));
        var line = await talk.Proxy.Accesses.LineAsync("GET /a//b");
        Assert.That(line, Does.Contain($"\"GET /a//b HTTP/1.1\" 299 9 \"\" \"me\" \"X-RID:{id}\" \"a.com\" \"\" 0."));
        Assert.That(talk.Proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    [Category("G-RP-2")]
    public async Task ForwardedFor_IsJoinedAndAppendedTo()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Forwarded-For: 10.9.8.7\r\nA: b\r\n" +
            "x-forwarded-for: 1.1.1.1, 2.2.2.2\r\n\r\n", Ok);
        Assert.That(request, Does.Contain("\r\nX-Forwarded-For: 10.9.8.7, 1.1.1.1, 2.2.2.2, 127.0.0.1\r\n"));
        Assert.That(request.Split("orwarded-For", StringSplitOptions.None), Has.Length.EqualTo(2));
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET /"), Does.Contain("\"10.9.8.7\""));
    }

    [Test]
    [Category("G-RP-3")]
    public async Task Redirect_IsPassedOnAndKeepsItsLocation()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: http://a.com/auth\r\nContent-Length: 0\r\n\r\n");
        Assert.That(
            request,
            Does.Contain("\r\nHost: a.com\r\n").And.Not.Contain("X-Host").And.Not.Contain("X-Forwarded-Host"));
        Assert.That(Peer.ValueOf(response, "Location"), Is.EqualTo("http://a.com/auth"));
    }

    [Test]
    [Category("G-RP-4")]
    public async Task ExistingRequestId_IsKept()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, requestIdHeader: "X-RID"));
        var (request, response) = await talk.ExchangeAsync("GET / HTTP/1.1\r\nHost: a.com\r\nx-rid: abc\r\n\r\n", Ok);
        Assert.That(request, Does.Contain("\r\nx-rid: abc\r\n").And.Not.Contain("X-RID"));
        Assert.That(response, Does.Not.Contain("abc"));
        Assert.That(await talk.Proxy.Accesses.LineAsync("GET /"), Does.Contain("\"X-RID:abc\""));
    }

    [Test]
    public async Task EmptyRequestId_IsReplaced()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine, requestIdHeader: "X-RID"));
        var (request, _) = await talk.ExchangeAsync("GET / HTTP/1.1\r\nHost: a.com\r\nX-RID: \r\n\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "X-RID"), Has.Length.EqualTo(36));
    }

    [Test]
    [Category("G-RP-5")]
    public async Task BackendKnownByName_GetsItsOwnNameAsHost()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        talk.Proxy.Routes.Set("a.com", $"http://LocalHost:{talk.Backend.Port}");
        var (request, _) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Host: evil\r\nX-Forwarded-Host: evil\r\n\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "Host"), Is.EqualTo("LocalHost"));
        Assert.That(Peer.ValueOf(request, "X-Host"), Is.EqualTo("a.com"));
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Host"), Is.EqualTo("a.com"));
        Assert.That(request, Does.Not.Contain("evil"));
    }

    [Test]
    public async Task BackendKnownByAddress_GetsWhatTheClientSentInXHost()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync("GET / HTTP/1.1\r\nHost: a.com\r\nX-Host: x\r\n\r\n", Ok);
        Assert.That(request, Does.Contain("\r\nHost: a.com\r\nX-Host: x\r\n"));
    }

    [TestCase("X-Forwarded-Proto: https\r\n", "https")]
    [TestCase("X-Forwarded-Proto:\r\n", "http")]
    [TestCase("Connection: X-Forwarded-Proto\r\nX-Forwarded-Proto: https\r\n", "http")]
    [TestCase("", "http")]
    public async Task ForwardedProto_IsSetWhenAbsentOrEmpty(string fields, string expected)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a.com\r\n{fields}\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "X-Forwarded-Proto"), Is.EqualTo(expected));
        Assert.That(request.Split("X-Forwarded-Proto"), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task HopByHopFields_GoNoFurther()
    {
        const string Fields =
            "Connection: keep-alive, X-Mine ,close\r\nKEEP-ALIVE: 5\r\nProxy-Connection: x\r\nx-mine: 1\r\n" +
            "Proxy-Authenticate: x\r\nProxy-Authorization: x\r\nTE: gzip\r\nUpgrade: h2c\r\n" +
            "HTTP2-Settings: x\r\nX-Kept: 1\r\n";
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            $"GET / HTTP/1.1\r\nHost: a.com\r\n{Fields}\r\n", $"HTTP/1.1 200 OK\r\n{Fields}Content-Length: 0\r\n\r\n");
        Assert.That(request, Is.EqualTo(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Kept: 1\r\nX-Forwarded-For: 127.0.0.1\r\n" +
            "X-Forwarded-Proto: http\r\n\r\n"));
        Assert.That(response, Does.StartWith("HTTP/1.1 200 OK\r\nX-Kept: 1\r\nContent-Length: 0\r\nDate: "));
    }

    [Test]
    public async Task FramingAndHostNamedInConnection_Stay()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: a.com\r\nConnection: host, content-length\r\nContent-Length: 2\r\n\r\nhi", Ok);
        Assert.That(request, Does.Contain("\r\nHost: a.com\r\nContent-Length: 2\r\n").And.EndWith("\r\n\r\nhi"));
    }

    [TestCase("trailers", true)]
    [TestCase("gzip, Trailers", true)]
    [TestCase("gzip", false)]
    public async Task TrailersInTe_AreToldToTheBackend(string te, bool isTold)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, _) = await talk.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a.com\r\nTE: {te}\r\n\r\n", Ok);
        Assert.That(Peer.ValueOf(request, "TE"), isTold ? Is.EqualTo("trailers") : Is.Null);
    }

    [TestCase("GET http://a.com/x?y HTTP/1.1\r\nHost: other\r\n\r\n", "GET /x?y HTTP/1.1\r\nHost: a.com\r\n")]
    [TestCase("GET http://a.com HTTP/1.1\r\nHost: other\r\n\r\n", "GET / HTTP/1.1\r\nHost: a.com\r\n")]
    [TestCase("GET HTTPS://a.com?y HTTP/1.1\r\nHost: other\r\n\r\n", "GET /?y HTTP/1.1\r\nHost: a.com\r\n")]
    [TestCase("OPTIONS http://a.com HTTP/1.1\r\nHost: other\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a.com\r\n")]
    public async Task AbsoluteTarget_WinsOverHostAndBecomesOriginForm(string request, string expected)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (got, _) = await talk.ExchangeAsync(request, Ok);
        Assert.That(got, Does.StartWith(expected));
    }

    [Test]
    [Category("G-RP-11")]
    public async Task DebugRouter_TellsTheRouteAndIsNotPassedOn()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (request, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\nX-Debug-Router: 1\r\n\r\n", Ok);
        Assert.That(request, Does.Not.Contain("Debug"));
        Assert.That(Peer.ValueOf(response, "X-Debug-Backend-Url"), Is.EqualTo(talk.Backend.Url));
        Assert.That(Peer.ValueOf(response, "X-Debug-Backend-Id"), Is.EqualTo("0"));
        Assert.That(Peer.ValueOf(response, "X-Debug-Frontend-Key"), Is.EqualTo("a.com"));
    }

    [TestCase("", "Connection: Upgrade\r\n")]
    [TestCase("Connection: close\r\n", "Connection: Upgrade\r\nConnection: close\r\n")]
    public async Task UpgradeThatIsRequired_IsListedInConnection(string asked, string expected)
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(
            $"GET / HTTP/1.1\r\nHost: a.com\r\n{asked}\r\n",
            "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: foo\r\nDate: x\r\n" +
            "Content-Length: 0\r\n\r\n");
        Assert.That(response, Does.EndWith($"Upgrade: foo\r\nDate: x\r\nContent-Length: 0\r\n{expected}\r\n"));
    }

    [Test]
    public async Task ResponseFieldWithBlankBeforeItsColon_IsPassedOnWithoutIt()
    {
        await using var talk = await ClientAndBackend.BeginAsync(new ProxyUnderTest(engine));
        var (_, response) = await talk.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Odd : 1\r\nContent-Length: 0\r\n\r\n");
        Assert.That(response, Does.Contain("\r\nX-Odd: 1\r\n"));
    }
}
