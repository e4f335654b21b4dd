using System.Text;
using Proxy.Core.Routing;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Backends;

/// <summary>
/// The backend connections that one client has authenticated with a scheme that authenticates the connection instead of
/// the request (NTLM, Negotiate: RFC 4559 §6). They serve no other client (RFC 9110 §3.3) and close with this one.
/// </summary>
internal sealed class BoundConnections(BackendPool pool)
{
    /// <summary>Maximum number of connections for one client; beyond it the oldest is closed.</summary>
    public const int Max = 8;

    private readonly List<BackendConnection> _idle = [];

    /// <summary>
    /// Returns whether the client or the backend used a connection-based scheme, so that the backend connection must
    /// not serve other clients.
    /// </summary>
    public static bool AreNeededBy(Exchange exchange) =>
        (HasAuthentication(exchange.Request) || HasAuthentication(exchange.Response)) &&
        (UsesConnection(exchange.Request) || UsesConnection(exchange.Response));

    /// <summary>
    /// Returns the address of a bound connection to one of the route's backends; null when there is none.
    /// </summary>
    public BackendAddress? AddressAmong(Route route)
    {
        foreach (var idle in _idle)
        {
            foreach (var backend in route.Backends)
            {
                if (idle.Address.Equals(backend.Address)) return idle.Address;
            }
        }

        return null;
    }

    /// <summary>
    /// Removes and returns a usable connection to the address; null when there is none. The caller then owns it.
    /// </summary>
    public BackendConnection? TryTake(BackendAddress address)
    {
        while (_idle.FindIndex(idle => idle.Address.Equals(address)) is >= 0 and var at)
        {
            var found = _idle[at];
            _idle.RemoveAt(at);
            if (found.HasCurrentAddress() && found.IsStillIdle()) return found;
            pool.Close(found);
        }

        return null;
    }

    /// <summary>Adds a connection whose exchange is complete on both sides, for the client's next request.</summary>
    public void Add(BackendConnection connection)
    {
        connection.IsReused = connection.IsBound = true;
        _idle.Add(connection);
        if (_idle.Count <= Max) return;
        pool.Close(_idle[0]);
        _idle.RemoveAt(0);
    }

    /// <summary>Closes all connections, once the client's connection is closed.</summary>
    public void Close()
    {
        foreach (var idle in _idle) pool.Close(idle);
        _idle.Clear();
    }

    private static bool HasAuthentication(Head head) =>
        head.Has(FieldName.Authorization) || head.Has(FieldName.ProxyAuthorization) ||
        head.Has(FieldName.WwwAuthenticate) || head.Has(FieldName.ProxyAuthenticate);

    // credentials = auth-scheme ...; WWW-Authenticate = #challenge                         RFC 9110 §11.4, §11.6.1
    private static bool UsesConnection(Head head)
    {
        foreach (ref var field in head.Fields)
        {
            if (field.Known is not (FieldName.Authorization or FieldName.ProxyAuthorization or
                FieldName.WwwAuthenticate or FieldName.ProxyAuthenticate))
            {
                continue;
            }

            var rest = head[field.Value];
            while (ListElement.TryNext(ref rest, out var element))
            {
                var end = element.IndexOfAny((byte)' ', (byte)'\t');
                if (IsConnectionScheme(end < 0 ? element : element[..end])) return true;
            }
        }

        return false;
    }

    private static bool IsConnectionScheme(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "NTLM"u8) || Ascii.EqualsIgnoreCase(scheme, "Negotiate"u8) ||
        Ascii.EqualsIgnoreCase(scheme, "Nego2"u8);
}
