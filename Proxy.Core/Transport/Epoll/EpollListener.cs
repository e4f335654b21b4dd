using System.Net;
using System.Net.Sockets;
using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// One address with a socket for every loop, between which the kernel distributes the connections (SO_REUSEPORT).
/// Inherited sockets may be fewer: then loops share them. A process that starts later may receive all of them.
/// </summary>
internal sealed class EpollListener : IListener
{
    // The kernel limits this to net.core.somaxconn.
    private const int Backlog = 4096;
    private readonly List<Acceptor> _acceptors = [];
    private readonly SocketHandover _handover;

    /// <summary>Accepts from listening sockets; the listener owns them, and closes them if this fails.</summary>
    public EpollListener(
        IReadOnlyList<int> descriptors, EventLoop[] loops, Func<ListeningSocket, EventLoop, Acceptor> accept,
        Action<string> report)
    {
        var isShared = descriptors.Count < loops.Length;
        for (var i = 0; i < descriptors.Count; i++) Add(descriptors[i], i);
        try
        {
            LocalEndPoint = LocalOf(descriptors[0]);
            for (var i = descriptors.Count; i < loops.Length; i++)
                Add(EventLoop.Checked(Kernel.Duplicate(descriptors[i % descriptors.Count])), i);
            foreach (var acceptor in _acceptors) acceptor.Start();
        }
        catch
        {
            foreach (var acceptor in _acceptors) acceptor.Close();
            throw;
        }

        _handover = new SocketHandover(LocalOf(descriptors[0]), descriptors, report);

        void Add(int descriptor, int index) =>
            _acceptors.Add(accept(new ListeningSocket(descriptor, isShared), loops[index % loops.Length]));
    }

    public EndPoint LocalEndPoint { get; }

    /// <inheritdoc/>
    public Task TakenOver => _handover.Given;

    /// <summary>Returns this number of sockets that listen on an address.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static List<int> Bound(IPEndPoint endpoint, int count)
    {
        var descriptors = new List<int>(count);
        try
        {
            while (descriptors.Count < count)
            {
                descriptors.Add(Bound(endpoint));
                endpoint = LocalOf(descriptors[^1]);
            }

            return descriptors;
        }
        catch
        {
            foreach (var descriptor in descriptors) _ = Kernel.Close(descriptor);
            throw;
        }
    }

    /// <summary>Sets up an inherited socket like those that are bound here.</summary>
    /// <exception cref="SocketException">It does not listen for TCP.</exception>
    public static void CheckAdopted(int descriptor)
    {
        if (EventLoop.Checked(Kernel.Option(descriptor, SocketOption.IsListening)) == 0 || !IsInternet(descriptor))
            throw new SocketException((int)SocketError.OperationNotSupported);
        SocketOption.Tune(descriptor);
        EventLoop.Checked(Kernel.OwnAndNeverBlock(descriptor));
        _ = Kernel.Listen(descriptor, Backlog);
    }

    public async ValueTask DisposeAsync()
    {
        // First: otherwise a process that connects now would receive sockets that are not accepted from for a while.
        await _handover.DisposeAsync();
        foreach (var acceptor in _acceptors) await acceptor.StopAsync();
    }

    private static int Bound(IPEndPoint endpoint)
    {
        Span<byte> room = stackalloc byte[SockAddr.BytesMax];
        var descriptor = EventLoop.Checked(Kernel.Socket(SockAddr.FamilyOf(endpoint)));
        SocketOption.TuneListener(descriptor);
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var isV6Only = endpoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1;
            _ = Kernel.SetOption(descriptor, SocketOption.Ipv6Level, SocketOption.Ipv6Only, isV6Only);
        }

        var result = Kernel.Bind(descriptor, SockAddr.Write(endpoint, room));
        if (result >= 0) result = Kernel.Listen(descriptor, Backlog);
        if (result >= 0) return descriptor;
        _ = Kernel.Close(descriptor);
        throw NotBound(-result);
    }

    // Errors of an address get .NET's own codes, as with the other transport: advice depends on them.
    private static SocketException NotBound(int error) => new(error switch
    {
        Kernel.AddressInUse => (int)SocketError.AddressAlreadyInUse,
        Kernel.AddressNotAvailable => (int)SocketError.AddressNotAvailable,
        Kernel.AccessDenied => (int)SocketError.AccessDenied,
        _ => error,
    });

    private static bool IsInternet(int descriptor)
    {
        Span<byte> room = stackalloc byte[SockAddr.BytesMax];
        return Kernel.LocalAddress(descriptor, room) >= 0 && SockAddr.IsInternet(room);
    }

    private static IPEndPoint LocalOf(int descriptor)
    {
        Span<byte> room = stackalloc byte[SockAddr.BytesMax];
        EventLoop.Checked(Kernel.LocalAddress(descriptor, room));
        return SockAddr.Read(room);
    }
}
