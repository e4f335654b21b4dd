using System.Net;
using System.Net.Sockets;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>
/// Clients and backends that block a thread each and allocate nothing. Only a socket that has never done anything
/// asynchronously waits in the kernel.
/// </summary>
internal static class BlockingPeers
{
    private static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok"u8];

    /// <summary>Starts threads that each answer all requests of one connection.</summary>
    public static void StartBackends(TcpListener listener, int count)
    {
        listener.Start();
        for (var i = 0; i < count; i++) new Thread(() => AnswerAll(listener)) { IsBackground = true }.Start();
    }

    /// <summary>Connects a client.</summary>
    public static Stream Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Sends requests: all clients at once, so that as many exchanges are under way.</summary>
    public static void Request(Stream[] clients, ReadOnlySpan<byte> request, int count)
    {
        Span<byte> buffer = stackalloc byte[1024];
        for (var sent = 0; sent < count; sent += clients.Length)
        {
            foreach (var client in clients) client.Write(request);
            foreach (var client in clients) Receive(client, buffer, "\r\n\r\nok"u8);
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
        for (var length = 0; !buffer[..length].EndsWith(end);)
        {
            var count = stream.Read(buffer[length..]);
            if (count == 0) return false;
            length += count;
        }

        return true;
    }
}
