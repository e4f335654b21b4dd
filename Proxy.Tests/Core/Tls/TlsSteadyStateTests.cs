using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls.Backends;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

/// <summary>
/// Goal: kept-alive requests over TLS allocate nothing either, on whichever side it is spoken. Method: what the event
/// loops have allocated is asked before and after many of them.
/// </summary>
[NonParallelizable]
public sealed class TlsSteadyStateTests
{
    private const int Requests = 8_000;
    private static readonly byte[] Get = [.. "GET /x HTTP/1.1\r\nHost: a.com\r\nUser-Agent: me\r\n\r\n"u8];

    [Test]
    public async Task KeptAliveRequests_AllocateNothing([Values(1, 16)] int clients)
    {
        using var authority = new TestAuthority();
        using var certificates = FixedCertificates.CacheFor(authority);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        BlockingPeers.StartBackends(listener, clients);
        await using var proxy = new ProxyUnderTest(Engine.Native, isTracked: true);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        var port = proxy.ListenTls(certificates);
        var streams = new Stream[clients];
        for (var i = 0; i < clients; i++) streams[i] = Connected(port);
        BlockingPeers.Request(streams, Get, Requests / 4);
        var before = await LoopAllocations.OfAsync(proxy);
        BlockingPeers.Request(streams, Get, Requests);
        var perRequest = (await LoopAllocations.OfAsync(proxy) - before) / (double)Requests;
        foreach (var stream in streams) stream.Dispose();

        // What remains are the texts that are made once a second.
        Assert.That(perRequest, Is.LessThan(8));
    }

    private static SslStream Connected(int port)
    {
        var stream = new SslStream(BlockingPeers.Connect(port));
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "a.com",
            RemoteCertificateValidationCallback = new CertificateValidator("a.com", isInsecure: true).Accept,
        });
        return stream;
    }
}
