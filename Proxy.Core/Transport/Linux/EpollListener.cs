using System.Net;

namespace Proxy.Core.Transport.Linux;

/// <summary>One address, bound once for every loop; the kernel spreads the connections (SO_REUSEPORT).</summary>
internal sealed class EpollListener : IListener
{
    // The kernel cuts this to net.core.somaxconn.
    private const int Backlog = 4096;
    private readonly List<Acceptor> _acceptors = [];

    private EpollListener(IPEndPoint local) => LocalEndPoint = local;

    public EndPoint LocalEndPoint { get; private set; }

    public static EpollListener Bind(IPEndPoint endpoint, EventLoop[] loops, Func<int, EventLoop, Acceptor> accept)
    {
        var listener = new EpollListener(endpoint);
        try
        {
            foreach (var loop in loops)
            {
                var descriptor = Bound((IPEndPoint)listener.LocalEndPoint);
                var acceptor = accept(descriptor, loop);
                listener._acceptors.Add(acceptor);
                listener.LocalEndPoint = LocalOf(descriptor);
            }

            foreach (var acceptor in listener._acceptors) acceptor.Start();
            return listener;
        }
        catch
        {
            foreach (var acceptor in listener._acceptors) acceptor.Close();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var acceptor in _acceptors) await acceptor.StopAsync();
    }

    private static int Bound(IPEndPoint endpoint)
    {
        Span<byte> room = stackalloc byte[SocketAddress.BytesMax];
        var descriptor = EventLoop.Checked(Kernel.Socket(SocketAddress.FamilyOf(endpoint)));
        SocketOption.TuneListener(descriptor);
        if (endpoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            var isV6Only = endpoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1;
            _ = Kernel.SetOption(descriptor, SocketOption.Ipv6Level, SocketOption.Ipv6Only, isV6Only);
        }

        var result = Kernel.Bind(descriptor, SocketAddress.Write(endpoint, room));
        if (result >= 0) result = Kernel.Listen(descriptor, Backlog);
        if (result < 0) _ = Kernel.Close(descriptor);
        EventLoop.Checked(result);
        return descriptor;
    }

    private static IPEndPoint LocalOf(int descriptor)
    {
        Span<byte> room = stackalloc byte[SocketAddress.BytesMax];
        EventLoop.Checked(Kernel.LocalAddress(descriptor, room));
        return SocketAddress.Read(room);
    }
}
