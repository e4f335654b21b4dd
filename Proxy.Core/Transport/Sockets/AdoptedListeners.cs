using System.Net;

namespace Proxy.Core.Transport.Sockets;

/// <summary>Listeners on sockets that were given together; they end together.</summary>
internal sealed class AdoptedListeners(IReadOnlyList<SocketListener> listeners) : IListener
{
    public EndPoint LocalEndPoint => listeners[0].LocalEndPoint;

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in listeners) await listener.DisposeAsync();
    }
}
