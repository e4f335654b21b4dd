using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.EndToEnd.Connections;

/// <summary>
/// Goal: kept-alive requests allocate nothing, with routes in memory and the access log on. Method: what the event
/// loops have allocated is asked before and after many of them.
/// </summary>
[NonParallelizable]
public sealed class SteadyStateTests
{
    private const int Clients = 16;
    private const int Requests = 20_000;

    private static readonly byte[] Get =
    [
        .. "GET /x?y HTTP/1.1\r\nHost: a.com\r\nUser-Agent: me\r\nX-Forwarded-For: 2001:db8::7, 127.0.0.2\r\n"u8,
        .. "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n"u8,
    ];

    private static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok"u8];

#if DEBUG
    [Ignore("without optimization the state of an async method is a new object at every call")]
#endif
    [Test]
    public async Task KeptAliveRequests_AllocateNothing(
        [Values(1, Clients)] int clients, [Values] AccessLogFormat format)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        for (var i = 0; i < clients; i++) new Thread(() => AnswerAll(listener)) { IsBackground = true }.Start();
        await using var proxy = new ProxyUnderTest(
            Engine.Native, isTracked: true, accessFormat: format,
            trustedProxies: format == AccessLogFormat.Json ? "127.0.0.0/8" : null);
        proxy.Routes.Set("a.com", $"http://{listener.LocalEndpoint}");
        var sockets = new Socket[clients];
        for (var i = 0; i < clients; i++) sockets[i] = Connected(proxy.Port);
        Ask(sockets, Requests / 4);
        var before = await LoopAllocations.OfAsync(proxy);
        Ask(sockets, Requests);
        var perRequest = (await LoopAllocations.OfAsync(proxy) - before) / (double)Requests;
        foreach (var socket in sockets) socket.Dispose();

        // What remains are the texts that are made once a second.
        Assert.That(perRequest, Is.LessThan(1));
    }

    // Only a socket that has never done anything asynchronously waits in the kernel, and allocates nothing.
    private static Socket Connected(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    // All clients ask at once, so that as many exchanges are under way.
    private static void Ask(Socket[] sockets, int requests)
    {
        Span<byte> buffer = stackalloc byte[1024];
        for (var asked = 0; asked < requests; asked += sockets.Length)
        {
            foreach (var socket in sockets) socket.Send(Get);
            foreach (var socket in sockets) Receive(socket, buffer, "\r\n\r\nok"u8);
        }
    }

    private static void AnswerAll(TcpListener listener)
    {
        using var socket = listener.AcceptSocket();
        socket.NoDelay = true;
        Span<byte> buffer = stackalloc byte[1024];
        while (Receive(socket, buffer, "\r\n\r\n"u8)) socket.Send(Answer);
    }

    private static bool Receive(Socket socket, Span<byte> buffer, ReadOnlySpan<byte> end)
    {
        for (var length = 0; !buffer[..length].EndsWith(end);)
        {
            var count = socket.Receive(buffer[length..]);
            if (count == 0) return false;
            length += count;
        }

        return true;
    }
}
