using System.Net;
using System.Net.Sockets;
using Proxy.Core.Dns;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Proxy.Core.Redis.Connections;

/// <summary>
/// Connects StackExchange.Redis to a server known by name: the library itself would resolve the name on a thread of the
/// pool. The library keeps the name, so certificates are verified against it.
/// </summary>
/// <param name="names">Resolves the name, again at each reconnect.</param>
/// <param name="limit">How long one attempt may last.</param>
internal sealed class NamedRedisTunnel(NameResolver names, TimeSpan limit) : Tunnel
{
    /// <summary>The address of the last connection to a name; null if there was none.</summary>
    public IPAddress? ConnectedTo { get; private set; }

    /// <summary>The library itself connects only to IP addresses and sockets.</summary>
    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(
        EndPoint endpoint, CancellationToken cancellationToken) => new(endpoint is DnsEndPoint ? null : endpoint);

    /// <summary>Connects and returns the connection. An exception is the reason of a failed attempt.</summary>
    public override async ValueTask<Stream?> BeforeAuthenticateAsync(
        EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        if (endpoint is not DnsEndPoint) return null;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            var connected = await NamedSocket.ConnectAsync(endpoint, names, timeout.Token);
            ConnectedTo = (connected.RemoteEndPoint as IPEndPoint)?.Address;
            return new NetworkStream(connected, ownsSocket: true);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"no connection within {limit.TotalSeconds} s", e);
        }
    }
}
