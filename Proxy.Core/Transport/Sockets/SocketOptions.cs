using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Sockets;

/// <summary>The options of every socket.</summary>
internal static class SocketOptions
{
    // As in the Go planb: a peer that vanished is noticed after about two minutes.
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveProbes = 4;

    public static Socket Create(EndPoint endpoint) => endpoint.AddressFamily == AddressFamily.Unix
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    public static void Tune(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix) return;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
    }
}
