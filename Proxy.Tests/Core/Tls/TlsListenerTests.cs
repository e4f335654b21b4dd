using System.Security.Authentication;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>HTTPS through the whole proxy, to a plain backend.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TlsListenerTests : IAsyncDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private readonly TestAuthority _authority = new();
    private readonly FixedCertificates _store = new();
    private readonly ScriptedBackend _backend = new();
    private readonly Engine _engine;
    private readonly ProxyUnderTest _proxy;
    private readonly CertificateCache _certificates;

    public TlsListenerTests(Engine engine)
    {
        _engine = engine;
        _proxy = new ProxyUnderTest(engine);
        _store.Set("a.com", _authority.Issue("a.com"));
        _proxy.Routes.Set("a.com", _backend.Url);
        _certificates = _store.ToCache();
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _certificates.Dispose();
        _backend.Dispose();
        _authority.Dispose();
    }

    [Test, Category("G-RP-6")]
    public async Task Request_ReachesTheBackendWithItsSchemeAndClient([Values] bool isTls13)
    {
        using var client = await ConnectAsync(isTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12);
        for (var turn = 0; turn < 3; turn++)
        {
            await client.SendAsync(Get);
            var peer = await _backend.AcceptAsync();
            var head = await peer.ReadHeadAsync();
            Assert.That(Peer.ValueOf(head, "X-Forwarded-Proto"), Is.EqualTo("https"));
            Assert.That(Peer.ValueOf(head, "X-Forwarded-For"), Is.EqualTo("127.0.0.1"));
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
            Assert.That(await client.ReadMessageAsync(), Does.EndWith("\r\n\r\nok"));
        }

        Assert.That(_proxy.Context.Connections.Count, Is.EqualTo(1), "kept alive");
    }

    [Test]
    public async Task Chain_IsSentWhole()
    {
        using var middle = new TestAuthority("Middle", _authority);
        using var lower = new TestAuthority("Lower", middle);
        _store.Set("a.com", lower.Issue("a.com"));
        using var client = await ConnectAsync();
        Assert.That(client.Chain, Is.SupersetOf(["CN=a.com", "CN=Lower", "CN=Middle"]));
    }

    [Test]
    public async Task Protocol_IsHttp11WhateverElseIsOffered()
    {
        using var client = await TlsPeer.ConnectAsync(Listen(), "a.com", SslProtocols.None, "h2", "http/1.1");
        Assert.That(client.Stream.NegotiatedApplicationProtocol.ToString(), Is.EqualTo("http/1.1"));
    }

    [Test]
    public void ClientWithoutOurProtocol_IsRefused() =>
        Assert.That(
            async () => await TlsPeer.ConnectAsync(Listen(), "a.com", SslProtocols.None, "h2"),
            Throws.InstanceOf<AuthenticationException>());

    [Test]
    public async Task UnknownName_IsRefusedAndLogged()
    {
        Assert.That(
            async () => await TlsPeer.ConnectAsync(Listen(), "blah.com"),
            Throws.InstanceOf<AuthenticationException>());
        Assert.That(
            await _proxy.Errors.LineAsync("http: TLS"),
            Does.Match(@" http: TLS handshake error from 127\.0\.0\.1:\d+: Certificate for ""blah.com"" not found$"));
    }

    [Test]
    public async Task StoreThatIsAway_IsTheReasonInTheLog()
    {
        _store.Problem = "read redis is away";
        Assert.That(async () => await ConnectAsync(), Throws.InstanceOf<AuthenticationException>());
        Assert.That(await _proxy.Errors.LineAsync("http: TLS"), Does.EndWith(": read redis is away"));
    }

    [Test]
    public async Task ManyFailures_AreToldInFewLines()
    {
        var port = Listen();
        for (var i = 0; i < 3 * HandshakeErrors.LinesPerSecondMax; i++)
        {
            using var peer = await Peer.ConnectAsync(port);
            await peer.SendAsync("?");
            Assert.That(await peer.IsClosedAsync());
        }

        await _proxy.Errors.LineAsync("first record does not look like a TLS handshake");
        var lines = _proxy.Errors.Text.Split("handshake error from").Length - 1;
        Assert.That(lines, Is.LessThan(3 * HandshakeErrors.LinesPerSecondMax));
    }

    [Test]
    public async Task PlainHttp_IsToldSo()
    {
        using var client = await Peer.ConnectAsync(Listen());
        await client.SendAsync(Get);
        Assert.That(
            await client.ReadToEndAsync(),
            Is.EqualTo("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"));
    }

    [TestCase("")]
    [TestCase("\x16\x03\x01\x02\x00\x01")]
    public async Task SilentClient_IsCut(string said)
    {
        var port = _proxy.ListenTls(_certificates, TimeSpan.FromMilliseconds(300));
        using var client = await Peer.ConnectAsync(port);
        await client.SendAsync(said);
        Assert.That(await client.IsClosedAsync());
        await _proxy.Errors.LineAsync("timeout while waiting for the ClientHello");
    }

    [Test]
    public async Task ClientThatDoesNotFinishItsHandshake_IsCut()
    {
        var hello = PinnedContext.MakeHello();
        _store.Set("default", _authority.Issue("default"));
        using var certificates = _store.ToCache(byDefault: "default");
        using var client = await Peer.ConnectAsync(_proxy.ListenTls(certificates, TimeSpan.FromMilliseconds(300)));
        await client.SendAsync(hello);
        await client.ReadToEndAsync();
        await _proxy.Errors.LineAsync("handshake timed out");
    }

    [Test]
    public async Task ClientThatOnlyLooks_IsNotLogged()
    {
        var port = Listen();
        (await Peer.ConnectAsync(port)).Dispose();
        Assert.That(async () => await TlsPeer.ConnectAsync(port, "blah.com"), Throws.Exception);
        await _proxy.Errors.LineAsync("blah.com");
        Assert.That(_proxy.Errors.Text, Does.Not.Contain("EOF"));
    }

    [Test]
    public async Task ChangedCertificate_IsServedToTheNextClient()
    {
        var port = Listen();
        using var before = await TlsPeer.ConnectAsync(port, "a.com");
        _store.Set("a.com", _authority.Issue("a.com"));
        _certificates.Changed("a.com");
        using var after = await TlsPeer.ConnectAsync(port, "a.com");
        Assert.That(
            after.Stream.RemoteCertificate!.GetSerialNumberString(),
            Is.Not.EqualTo(before.Stream.RemoteCertificate!.GetSerialNumberString()));
    }

    [Test]
    public async Task LargeBodies_GoThroughBothWays()
    {
        var body = new byte[16 * 1024 * 1024];
        new Random(4711).NextBytes(body);
        using var client = await ConnectAsync();
        var head = System.Text.Encoding.ASCII.GetBytes(
            $"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {body.Length}\r\n\r\n");
        var sending = client.SendAsync((byte[])[.. head, .. body]);
        var peer = await _backend.AcceptAsync();
        await peer.ReadHeadAsync();
        var uploaded = await peer.ReadAsync(body.Length);
        await sending;
        Assert.That(System.Text.Encoding.Latin1.GetBytes(uploaded).AsSpan().SequenceEqual(body));

        var answering = peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{uploaded}"));
        await client.ReadHeadAsync();
        var received = await client.ReadBytesAsync(body.Length);
        await answering;
        Assert.That(received.AsSpan().SequenceEqual(body));
    }

    [Test]
    public async Task HalfClosedClient_StillGetsItsAnswer()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(Get);
        await client.HalfCloseAsync();
        var peer = await _backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\nok"));
    }

    [Test]
    public async Task IdleClient_IsCutWhenItsTimeIsOver()
    {
        var timeouts = ProxyUnderTest.NoTimeouts with { ClientIdle = TimeSpan.FromMilliseconds(300) };
        await using var proxy = new ProxyUnderTest(_engine, timeouts);
        using var client = await TlsPeer.ConnectAsync(proxy.ListenTls(_certificates), "a.com");
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task AnswerCutShort_IsAnErrorForTheClient()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(Get);
        using (var peer = await _backend.AcceptAsync())
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");
        }

        await client.ReadHeadAsync();
        Assert.That(
            async () => await client.ReadBytesAsync(5),
            Throws.InstanceOf<IOException>(), "no TLS end, or a length that is not reached");
    }

    private int Listen() => _proxy.ListenTls(_certificates);

    private Task<TlsPeer> ConnectAsync(SslProtocols protocols = SslProtocols.None) =>
        TlsPeer.ConnectAsync(Listen(), "a.com", protocols);
}
