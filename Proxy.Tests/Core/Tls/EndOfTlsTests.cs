using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>A connection that is closed in order ends TLS with close_notify and never looks truncated.</summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class EndOfTlsTests(Engine engine)
{
    private const string CloseNotify = "<<< TLS 1\\.[23], Alert \\[length 0002\\], warning close_notify";
    private const string Ping = "GET / HTTP/1.1\r\nHost: __ping__\r\nConnection: close\r\n\r\n";

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task LastAnswer_IsFollowedByTheEndOfTls(string version)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var authority = new TestAuthority();
        using var certificates = FixedCertificates.CacheFor(authority);
        var said = await OpenSslClient.AskAsync(
            proxy.ListenTls(certificates), "a.com", Ping, version, "-msg");
        Assert.That(said, Does.Contain("HTTP/1.1 200 OK").And.Match(CloseNotify));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task Drain_EndsIdleConnectionsWithTheEndOfTls(string version)
    {
        await using var proxy = new ProxyUnderTest(engine);
        using var authority = new TestAuthority();
        using var certificates = FixedCertificates.CacheFor(authority);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        var asked = OpenSslClient.AskAsync(
            proxy.ListenTls(certificates), "a.com", "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n", version, "-msg");
        using var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.That(() => proxy.Pool.IdleCount, Is.EqualTo(1).After(5000, 10));
        await proxy.Context.Connections.DrainAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.That(await asked, Does.Contain("HTTP/1.1 200 OK").And.Match(CloseNotify));
    }

}
