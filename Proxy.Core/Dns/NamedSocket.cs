using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Dns;

/// <summary>Connects the process's own sockets (Redis, Sentinels) to a host known by name.</summary>
public static class NamedSocket
{
    // The time limit of each address but the last.
    private static readonly TimeSpan AddressTimeMax = TimeSpan.FromMilliseconds(300);

    /// <summary>Connects to the first address that accepts, by TCP or to a unix socket.</summary>
    /// <param name="endpoint">A name, an address or a unix socket.</param>
    /// <param name="names">Resolves the name.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="NameUnresolvedException">The name has no known address.</exception>
    /// <exception cref="SocketException">No address accepts.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    public static async Task<Socket> ConnectAsync(EndPoint endpoint, NameResolver names, CancellationToken cancel)
    {
        var addresses = await AddressesOfAsync(endpoint, names, cancel);
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Count - 1;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            if (!isLast) limit.CancelAfter(AddressTimeMax);
            try
            {
                return await ConnectAsync(addresses[i], limit.Token);
            }
            catch (SocketException) when (!isLast)
            {
                // The next address may accept.
            }
            catch (OperationCanceledException) when (!isLast && !cancel.IsCancellationRequested)
            {
                // As above.
            }
        }
    }

    private static async ValueTask<IReadOnlyList<EndPoint>> AddressesOfAsync(
        EndPoint endpoint, NameResolver names, CancellationToken cancel)
    {
        if (endpoint is not DnsEndPoint host) return [endpoint];
        if (IPAddress.TryParse(host.Host, out var ip)) return [new IPEndPoint(ip, host.Port)];
        var answer = await names.ResolveAsync(host.Host, cancel);
        if (!answer.IsFound) throw new NameUnresolvedException(host.Host, answer.Reason);
        return [.. answer.Addresses.Select(address => new IPEndPoint(address, host.Port))];
    }

    private static async Task<Socket> ConnectAsync(EndPoint address, CancellationToken cancel)
    {
        var isUnix = address is UnixDomainSocketEndPoint;
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel);
            return socket;
        }
        catch (SocketException e) when (isUnix)
        {
            socket.Dispose();
            throw new SocketException((int)e.SocketErrorCode, UnixSocketError.MessageOf(e));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
