using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Tests.Fixtures.Http;

#if !DEBUG     // There the state of an async method is a larger object.

namespace Proxy.Tests.EndToEnd.Tunnels;

/// <summary>
/// Goal: a tunnel costs little while nothing passes. Method: tunnels are opened through a whole proxy and used once;
/// the managed memory that is then in use is compared with that of as many sockets that are connected without a proxy.
/// </summary>
[NonParallelizable]
public sealed class IdleTunnelTests
{
    private const int WarmUp = 100;
    private const int Tunnels = 500;

    private static readonly byte[] Upgrade =
    [
        .. "GET /chat HTTP/1.1\r\nHost: a.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0\r\n"u8,
        .. "Origin: http://a.com\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"u8,
        .. "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"u8,
    ];

    private static readonly byte[] Switch =
        [.. "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"u8];

    [TestCase(Engine.Native, 4096)]
    [TestCase(Engine.Sockets, 12 * 1024, Description = "the pipes of Pipelines.Sockets.Unofficial are most of it")]
    public async Task IdleTunnel_TakesLittleManagedMemory(Engine engine, int bytesMax)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var proxy = new ProxyUnderTest(engine);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        var kept = new List<Socket>();
        Open(WarmUp, proxy.Port, listener, kept);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Open(Tunnels, proxy.Port, listener, kept);
        var between = GC.GetTotalMemory(forceFullCollection: true);
        Open(Tunnels, ((IPEndPoint)listener.LocalEndpoint).Port, listener, kept);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.That(proxy.Context.Connections.Count, Is.EqualTo(WarmUp + Tunnels));
        var perTunnel = ((between - before) - (after - between)) / (double)Tunnels;
        TestContext.Out.WriteLine($"{engine}: {perTunnel:0} bytes a tunnel");
        kept.ForEach(socket => socket.Dispose());
        Assert.That(perTunnel, Is.LessThan(bytesMax));
    }

    // Sockets that do nothing asynchronously: they cost the same in either way.
    private static void Open(int count, int port, TcpListener listener, List<Socket> kept)
    {
        Span<byte> buffer = stackalloc byte[1024];
        for (var i = 0; i < count; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Loopback, port);
            client.Send(Upgrade);
            var backend = listener.AcceptSocket();
            Receive(backend, buffer, "\r\n\r\n"u8);
            backend.Send(Switch);
            Receive(client, buffer, "\r\n\r\n"u8);
            client.Send("question"u8);
            Receive(backend, buffer, "question"u8);
            backend.Send("answer"u8);
            Receive(client, buffer, "answer"u8);
            kept.Add(client);
            kept.Add(backend);
        }
    }

    private static void Receive(Socket socket, Span<byte> buffer, ReadOnlySpan<byte> end)
    {
        for (var length = 0; !buffer[..length].EndsWith(end);)
        {
            var count = socket.Receive(buffer[length..]);
            if (count == 0) throw new EndOfStreamException();
            length += count;
        }
    }
}
#endif
