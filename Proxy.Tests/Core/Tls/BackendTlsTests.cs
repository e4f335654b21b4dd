using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>Backends that speak TLS, behind the whole proxy.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BackendTlsTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private readonly Engine _engine;
    private readonly TestAuthority _authority = new();
    private readonly ScriptedBackend _backend = new();
    private readonly string _authorityFile = Path.GetTempFileName();

    public BackendTlsTests(Engine engine)
    {
        _engine = engine;
        File.WriteAllText(_authorityFile, _authority.Pem);
    }

    public void Dispose()
    {
        File.Delete(_authorityFile);
        _backend.Dispose();
        _authority.Dispose();
    }

    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    public async Task GoodCertificate_IsTakenAndTheConnectionKept(string host)
    {
        await using var proxy = Trusting(host);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var peer = await TlsPeer.AcceptAsync(await _backend.AcceptAsync(), _authority.Issue(host));
        for (var turn = 0; turn < 3; turn++)
        {
            if (turn > 0) await client.SendAsync(Get);
            Assert.That(await peer.ReadHeadAsync(), Does.StartWith("GET / HTTP/1.1"));
            await peer.SendAsync(Ok);
            Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        }

        Assert.That(_backend.IsAsked, Is.False, "one connection served all");
        Assert.That(peer.Stream.TargetHostName, Is.EqualTo(host == "localhost" ? host : ""));
    }

    [Test]
    public async Task NameThatMoves_EndsTheConnectionToItsOldAddress()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("svc.test", 1, "127.0.0.1");
        var trust = new BackendTls(_authorityFile, IsInsecure: false);
        await using var proxy = new ProxyUnderTest(_engine, backendTls: trust, names: bed.Resolver);
        proxy.Routes.Set("a.com", $"https://svc.test:{_backend.Port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var peer = await TlsPeer.AcceptAsync(await _backend.AcceptAsync(), _authority.Issue("svc.test"));
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        Assert.That(() => proxy.Pool.IdleCount, Is.EqualTo(1).After(5000, 10));
        Assert.That(peer.Stream.TargetHostName, Is.EqualTo("svc.test"));

        bed.Server.Set("svc.test", 1, "127.0.0.2");
        bed.Time.Advance(TimeSpan.FromSeconds(2));
        await bed.BecomesAsync("svc.test", "127.0.0.2");
        bed.Time.Advance(NameResolver.AddressGraceTime);
        Assert.That(() => proxy.Pool.IdleCount, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task WrongName_Is503AndNotDead()
    {
        await using var proxy = Trusting("localhost");
        await RefusedAsync(proxy, _authority.Issue("other.com"));
        await proxy.Errors.LineAsync("x509: certificate of CN=other.com is not valid for localhost");
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task UnknownAuthority_Is503AndNotDead()
    {
        using var other = new TestAuthority("Other Root");
        await using var proxy = Trusting("localhost");
        await RefusedAsync(proxy, other.Issue("localhost"));
        await proxy.Errors.LineAsync("x509: certificate signed by unknown authority");
        Assert.That(proxy.Routes.Dead, Is.Empty);
    }

    [Test]
    public async Task AuthorityOfNobody_Is503()
    {
        await using var proxy = Proxy("localhost", new BackendTls(null, false));
        await RefusedAsync(proxy, _authority.Issue("localhost"));
        await proxy.Errors.LineAsync("x509: certificate signed by unknown authority");
    }

    [Test]
    public async Task ExpiredCertificate_Is503()
    {
        await using var proxy = Trusting("localhost");
        await RefusedAsync(proxy, _authority.Issue("localhost", expiry: DateTimeOffset.UtcNow.AddHours(-1)));
        await proxy.Errors.LineAsync("x509: certificate has expired or is not yet valid");
    }

    [Test]
    public async Task AnyCertificate_IsTakenWhenInsecure()
    {
        using var other = new TestAuthority("Other Root");
        await using var proxy = Proxy("localhost", new BackendTls(null, true));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        using var peer = await TlsPeer.AcceptAsync(await _backend.AcceptAsync(), other.Issue("other.com"));
        await peer.ReadHeadAsync();
        await peer.SendAsync(Ok);
        Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
    }

    [Test]
    public async Task Alert_IsDeath()
    {
        await using var proxy = Trusting("localhost");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        var peer = await _backend.AcceptAsync();
        await peer.SendAsync(new byte[] { 21, 3, 3, 0, 2, 2, 40 });
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        Assert.That(await proxy.Errors.LineAsync("*DEAD*"), Does.Contain("alert handshake failure"));
    }

    [Test]
    public async Task HandshakeThatDoesNotEnd_IsADialTimeoutAndDeath()
    {
        var timeouts = ProxyUnderTest.NoTimeouts with { Dial = TimeSpan.FromMilliseconds(300) };
        await using var proxy = new ProxyUnderTest(_engine, timeouts);
        proxy.Routes.Set("a.com", $"https://localhost:{_backend.Port}");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        Assert.That(await proxy.Errors.LineAsync("*DEAD*"), Does.Contain("dial timeout after "));
    }

    [Test]
    public async Task LargeBodies_GoThroughBothWays()
    {
        var body = new byte[16 * 1024 * 1024];
        new Random(4711).NextBytes(body);
        await using var proxy = Trusting("localhost");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: {body.Length}\r\n\r\n");
        using var peer = await TlsPeer.AcceptAsync(await _backend.AcceptAsync(), _authority.Issue("localhost"));
        await peer.ReadHeadAsync();
        var sending = client.SendAsync(body);
        Assert.That((await peer.ReadBytesAsync(body.Length)).AsSpan().SequenceEqual(body));
        await sending;
        var head = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n";
        var answering = peer.SendAsync((byte[])[.. System.Text.Encoding.ASCII.GetBytes(head), .. body]);
        await client.ReadHeadAsync();
        var received = System.Text.Encoding.Latin1.GetBytes(await client.ReadAsync(body.Length));
        await answering;
        Assert.That(received.AsSpan().SequenceEqual(body));
    }

    [Test]
    public async Task AnswerUntilTheEnd_IsNotWholeWithoutTheEndOfTls()
    {
        await using var proxy = Trusting("localhost");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        var raw = await _backend.AcceptAsync();
        using var peer = await TlsPeer.AcceptAsync(raw, _authority.Issue("localhost"));
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\npart");
        raw.HalfClose();
        try
        {
            Assert.That(await client.ReadToEndAsync(), Does.Not.Contain("0\r\n\r\n"));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // A reset shows it too.
        }
    }

    private ProxyUnderTest Trusting(string host) => Proxy(host, new BackendTls(_authorityFile, false));

    private ProxyUnderTest Proxy(string host, BackendTls settings)
    {
        var proxy = new ProxyUnderTest(_engine, backendTls: settings);
        proxy.Routes.Set("a.com", $"https://{host}:{_backend.Port}");
        return proxy;
    }

    private async Task RefusedAsync(ProxyUnderTest proxy, CertificatePem pem)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Get);
        var shaking = TlsPeer.AcceptAsync(await _backend.AcceptAsync(), pem);
        Assert.That(await client.ReadMessageAsync(), Does.StartWith("HTTP/1.1 503"));
        await shaking.ContinueWith(done => _ = done.Exception, TaskScheduler.Default);
    }
}
