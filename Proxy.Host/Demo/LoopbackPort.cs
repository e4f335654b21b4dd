using System.Net;
using System.Net.Sockets;

namespace Proxy.Host.Demo;

/// <summary>
/// Ports for the demo: fixed ones if they are free, so that the output is the same each time.
/// </summary>
internal static class LoopbackPort
{
    private const int Backlog = 128;

    /// <summary>Returns a listening socket.</summary>
    /// <exception cref="SocketException">The address is in use, or not an address of this machine.</exception>
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
    /// Returns a socket that is bound to <paramref name="port"/>, or to any free port if that one is in use, and that
    /// does not listen. The kernel then assigns the port to no other program, while a program that requests it by
    /// number can listen on it.
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

    /// <summary>Returns a listening socket on a port, or on any free port if that one is in use.</summary>
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
