using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Backends;
using Proxy.Core.Tls.Certificates;
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
    private static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok"u8];

    [Test]
    public async Task KeptAliveRequests_AllocateNothing([Values(1, 16)] int clients)
    {
        using var authority = new TestAuthority();
        var store = new FixedCertificates();
        store.Set("a.com", authority.Issue("a.com"));
        using var certificates = new CertificateCache(
            store, new CertificateRules(TlsPreset.Modern, "", 10), _ => { }, TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        for (var i = 0; i < clients; i++) new Thread(() => AnswerAll(listener)) { IsBackground = true }.Start();
        await using var proxy = new ProxyUnderTest(Engine.Native, isTracked: true);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        var port = proxy.ListenTls(certificates);
        var streams = new SslStream[clients];
        for (var i = 0; i < clients; i++) streams[i] = Connected(port);
        Ask(streams, Requests / 4);
        var before = await LoopAllocations.OfAsync(proxy);
        Ask(streams, Requests);
        var perRequest = (await LoopAllocations.OfAsync(proxy) - before) / (double)Requests;
        foreach (var stream in streams) stream.Dispose();

        // What remains are the texts that are made once a second.
        Assert.That(perRequest, Is.LessThan(8));
    }

    private static SslStream Connected(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "a.com",
            RemoteCertificateValidationCallback = new CertificateValidator("a.com", isInsecure: true).Accept,
        });
        return stream;
    }

    // All clients ask at once, so that as many exchanges are under way.
    private static void Ask(SslStream[] streams, int requests)
    {
        Span<byte> buffer = stackalloc byte[1024];
        for (var asked = 0; asked < requests; asked += streams.Length)
        {
            foreach (var stream in streams) stream.Write(Get);
            foreach (var stream in streams) Receive(stream, buffer, "\r\n\r\nok"u8);
        }
    }

    private static void AnswerAll(TcpListener listener)
    {
        using var socket = listener.AcceptSocket();
        socket.NoDelay = true;
        using var stream = new NetworkStream(socket);
        Span<byte> buffer = stackalloc byte[1024];
        while (Receive(stream, buffer, "\r\n\r\n"u8)) socket.Send(Answer);
    }

    private static bool Receive(Stream stream, Span<byte> buffer, ReadOnlySpan<byte> end)
    {
        for (var length = 0; ;)
        {
            var count = stream.Read(buffer[length..]);
            if (count == 0) return false;
            length += count;
            if (buffer[..length].EndsWith(end)) return true;
        }
    }
}
