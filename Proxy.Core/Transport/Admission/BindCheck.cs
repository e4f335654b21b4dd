using System.Net;
using System.Net.Sockets;
using Proxy.Core.Transport.Epoll;

namespace Proxy.Core.Transport.Admission;

/// <summary>Checks whether an address can be listened on, without disturbing a process that listens there.</summary>
public static class BindCheck
{
    /// <summary>Binds as the transport would, does not listen, and closes.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="engine">
    /// Only with the native engine does a running proxy share its address with the next one.
    /// </param>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static void Run(IPEndPoint endpoint, Engine engine)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

        // On Linux .NET sets SO_REUSEPORT with this option too, as the event loops do.
        var isShared = engine == Engine.Native && EpollTransport.IsSupported;
        if (isShared) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
        socket.Bind(endpoint);
    }
}
