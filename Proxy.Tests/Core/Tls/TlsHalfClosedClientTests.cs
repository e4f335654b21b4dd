using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>
/// A client that has ended TLS sends nothing more, even if its TCP connection stays open: no backend is kept waiting.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TlsHalfClosedClientTests(Engine engine)
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 2\r\n\r\nhi";

    [TestCase(Get, "")]
    [TestCase(Get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [TestCase(Post, "")]
    [TestCase(Post, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")]
    public async Task EndOfTls_FreesTheBackendAndThePlace(string request, string beginning)
    {
        using var certificates = Certificates();
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var client = await TlsPeer.ConnectAsync(proxy.ListenTls(certificates), "a.com");
        await client.SendAsync(request);
        var peer = await backend.AcceptAsync();
        await peer.ReadMessageAsync();
        if (beginning.Length > 0)
        {
            await peer.SendAsync(beginning);
            await client.ReadHeadAsync();
        }

        await client.HalfCloseAsync();
        Assert.That(await peer.IsClosedAsync());
        Assert.That(await proxy.Errors.LineAsync("ERROR in"), Does.Contain("client closed the connection"));
        Assert.That(() => proxy.Context.Connections.Count, Is.Zero.After(5000, 10));
    }

    [Test]
    public async Task RequestsBehindAnAnswer_AreReadAsEver()
    {
        using var certificates = Certificates();
        await using var proxy = new ProxyUnderTest(engine);
        using var backend = new ScriptedBackend();
        proxy.Routes.Set("a.com", backend.Url);
        using var client = await TlsPeer.ConnectAsync(proxy.ListenTls(certificates), "a.com");
        await client.SendAsync(Post);
        var peer = await backend.AcceptAsync();
        for (var i = 0; i < 5; i++)
        {
            await peer.ReadMessageAsync();

            // It arrives while the backend is waited for.
            await client.SendAsync(i % 2 == 0 ? Get : Post);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            Assert.That(await client.ReadMessageAsync(), Does.EndWith("ok"));
        }
    }

    private static CertificateCache Certificates()
    {
        using var authority = new TestAuthority();
        return FixedCertificates.CacheFor(authority);
    }
}
