using System.Net;
using System.Net.Sockets;
using Proxy.Core.Transport;

namespace Proxy.Host.Service;

/// <summary>
/// A check that clients are served: every event loop takes a turn, and each listener accepts a connection that sends
/// nothing and closes it after the client does. The kernel alone would do neither.
/// </summary>
/// <param name="transport">Has the event loops.</param>
/// <param name="addresses">The listeners' addresses at this moment.</param>
/// <param name="isFull">Whether the limit of connections is reached, so that no further one is accepted.</param>
internal sealed class AcceptCheck(ITransport transport, Func<IReadOnlyList<EndPoint>> addresses, Func<bool> isFull)
{
    /// <summary>Returns what is wrong, in a few words; null when nothing is.</summary>
    public async Task<string?> RunAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await transport.PulseAsync().WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return "an event loop does not respond";
        }

        foreach (var address in addresses())
        {
            // A listener that was closed in the meantime is not a fault.
            if (await IsRefusedAsync((IPEndPoint)address, deadline.Token) && !isFull() && addresses().Contains(address))
                return $"no connection is accepted on {address}";
        }

        return null;
    }

    private static async Task<bool> IsRefusedAsync(IPEndPoint address, CancellationToken stop)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Reachable(address), stop);
            socket.Shutdown(SocketShutdown.Send);
            return await socket.ReceiveAsync(new byte[1], stop) != 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (SocketException e)
        {
            // Without a free descriptor the check is impossible. A reset shows that the connection was accepted.
            return e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut;
        }
    }

    private static IPEndPoint Reachable(IPEndPoint address) =>
        address.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, address.Port)
        : address.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, address.Port)
        : address;
}
