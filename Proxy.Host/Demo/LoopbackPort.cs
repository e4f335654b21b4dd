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

    /// <summary>
    /// A socket that is bound to <paramref name="port"/>, or to any free port when a program listens on that one, and
    /// that does not listen. The kernel gives the port to no other program, while one that asks for it by number can
    /// listen on it.
    /// </summary>
    public static Socket Reserve(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException) when (port != 0)
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }

        return socket;
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
