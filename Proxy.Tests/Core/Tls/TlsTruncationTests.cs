using System.Text;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>
/// What is not complete does not end as TLS ends (RFC 8446 §6.1), and is delivered as far as it came.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TlsTruncationTests : IDisposable
{
    private const int Size = 1_000_000;
    private const string Get = "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n";
    private readonly Engine _engine;
    private readonly TestAuthority _authority = new();
    private readonly ScriptedBackend _backend = new();
    private readonly CertificateCache _certificates;

    public TlsTruncationTests(Engine engine)
    {
        _engine = engine;
        _certificates = FixedCertificates.CacheFor(_authority);
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _backend.Dispose();
        _authority.Dispose();
    }

    [Test]
    public async Task CutResponseToATlsClient_IsDeliveredAsFarAsItCame([Values] bool isReset)
    {
        await using var proxy = new ProxyUnderTest(_engine);
        proxy.Routes.Set("a.com", _backend.Url);
        var port = proxy.ListenTls(_certificates);
        var socket = (await Peer.ConnectAsync(port, receiveBytes: 16 * 1024)).Socket;
        using var client = await TlsPeer.ConnectAsync(socket, "a.com");
        await client.SendAsync(Get);
        var peer = await _backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + new string('x', Size));
        if (isReset) await peer.DeliveredAsync();
        if (isReset) peer.Reset();
        else peer.Dispose();
        await client.ReadHeadAsync();
        Assert.That(await client.ReadBytesAsync(Size), Has.Length.EqualTo(Size));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task CutResponse_IsNotFollowedByTheEndOfTls(string version)
    {
        await using var proxy = new ProxyUnderTest(_engine);
        proxy.Routes.Set("a.com", _backend.Url);
        var asked = OpenSslClient.AskAsync(proxy.ListenTls(_certificates), "a.com", Get, version, "-msg");
        var peer = await _backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        peer.Dispose();
        Assert.That(await asked, Does.Contain("hello").And.Not.Match("<<< TLS 1\\.[23], Alert .*close_notify"));
    }

    [Test]
    public async Task TlsBackendThatIsCut_IsDeliveredAsFarAsItCame([Values] bool isReset)
    {
        await using var proxy = new ProxyUnderTest(
            _engine, backendTls: new BackendTls(null, IsInsecure: true));
        proxy.Routes.Set("a.com", _backend.Url.Replace("http:", "https:"));
        using var client = await Peer.ConnectAsync(proxy.Port, receiveBytes: 16 * 1024);
        await client.SendAsync(Get);
        var plain = await _backend.AcceptAsync();
        using var peer = await TlsPeer.AcceptAsync(plain, _authority.Issue("127.0.0.1"));
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + new string('x', Size));
        if (isReset) await plain.DeliveredAsync();
        if (isReset) plain.Reset();
        else plain.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await client.ReadHeadAsync();
        Assert.That(await client.CountToEndAsync(), Is.EqualTo(((long)Size, false)));
    }

    [Test]
    public async Task CutUploadToATlsBackend_IsDeliveredAsFarAsItCame()
    {
        await using var proxy = new ProxyUnderTest(
            _engine, backendTls: new BackendTls(null, IsInsecure: true));
        proxy.Routes.Set("a.com", _backend.Url.Replace("http:", "https:"));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 4000000\r\n\r\n");
        var sending = client.SendAsync(Encoding.ASCII.GetBytes(new string('x', Size)));
        using var peer = await TlsPeer.AcceptAsync(await _backend.AcceptAsync(), _authority.Issue("127.0.0.1"));
        await peer.ReadHeadAsync();
        await sending;
        client.Dispose();
        Assert.That(await peer.ReadBytesAsync(Size), Has.Length.EqualTo(Size));
    }
}
