using System.Net;
using System.Net.Sockets;
using Proxy.Core.Transport;

namespace Proxy.Host.Service;

/// <summary>
/// Whether clients are served: every event loop takes a turn, and each listener accepts a connection that says nothing
/// and closes it when its client does. The kernel alone would do neither.
/// </summary>
/// <param name="transport">Whose loops are asked.</param>
/// <param name="addresses">The listeners' addresses at this moment.</param>
/// <param name="isFull">Whether there are as many clients as there may be: then no trial is accepted.</param>
internal sealed class AcceptCheck(ITransport transport, Func<IReadOnlyList<EndPoint>> addresses, Func<bool> isFull)
{
    /// <summary>Why not, in a few words; null when all is well.</summary>
    public async Task<string?> RunAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await transport.PulseAsync().WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            return "an event loop is stuck";
        }

        foreach (var address in addresses())
        {
            // One that was closed meanwhile is no trouble.
            if (await IsRefusedAsync((IPEndPoint)address, patience.Token) && !isFull() && addresses().Contains(address))
                return $"nothing is accepted on {address}";
        }

        return null;
    }

    private static async Task<bool> IsRefusedAsync(IPEndPoint address, CancellationToken patience)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Reachable(address), patience);
            socket.Shutdown(SocketShutdown.Send);
            return await socket.ReceiveAsync(new byte[1], patience) != 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (SocketException e)
        {
            // With no descriptors left nobody can try. A reset is an answer as good as any.
            return e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut;
        }
    }

    private static IPEndPoint Reachable(IPEndPoint address) =>
        address.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, address.Port)
        : address.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, address.Port)
        : address;
}
