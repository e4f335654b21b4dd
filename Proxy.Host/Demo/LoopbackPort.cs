using System.Net;
using System.Net.Sockets;

namespace Proxy.Host.Demo;

/// <summary>
/// Ports for the demo: well-known ones where they are free, so that what is printed looks alike each time.
/// </summary>
internal static class LoopbackPort
{
    private const int Backlog = 128;

    /// <summary>A listening socket.</summary>
    /// <exception cref="SocketException">The address is taken or not ours.</exception>
    public static Socket Bind(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A listening socket on <paramref name="port"/>, or on any free port when that one is taken.</summary>
    public static Socket BindNear(int port)
    {
        try
        {
            return Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException)
        {
            return Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }
    }
}
