using Proxy.Core.Routing;

namespace Proxy.Http.Backends;

/// <summary>The idle backend connections of one event loop; the newest of an address is taken first.</summary>
/// <param name="regularMax">Number of connections to one address, the newest, that do not count as spare.</param>
/// <param name="perAddressMax">Maximum number of connections to one address, spare ones included.</param>
internal sealed class IdleConnections(int regularMax, int perAddressMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BackendAddress, List<BackendConnection>> _byAddress = [];

    /// <summary>The number of idle connections to all addresses.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _byAddress.Values.Sum(list => list.Count);
        }
    }

    /// <summary>
    /// Adds the number of connections to each address to <paramref name="idle"/>, which is limited to
    /// <paramref name="addressesMax"/> addresses.
    /// </summary>
    public void CountInto(Dictionary<BackendAddress, int> idle, int addressesMax)
    {
        lock (_lock)
        {
            foreach (var (address, list) in _byAddress)
            {
                if (list.Count > 0 && (idle.Count < addressesMax || idle.ContainsKey(address)))
                    idle[address] = idle.GetValueOrDefault(address) + list.Count;
            }
        }
    }

    /// <summary>
    /// Removes and returns the newest connection to the address; null when there is none. The caller then owns it.
    /// </summary>
    public BackendConnection? TryTake(BackendAddress address)
    {
        lock (_lock)
        {
            if (!_byAddress.TryGetValue(address, out var list) || list.Count == 0) return null;
            var newest = list[^1];
            list.RemoveAt(list.Count - 1);
            return newest;
        }
    }

    /// <summary>Adds a connection; returns false when its address has the maximum number already.</summary>
    public bool TryAdd(BackendConnection connection)
    {
        lock (_lock)
        {
            if (!_byAddress.TryGetValue(connection.Address, out var list)) _byAddress[connection.Address] = list = [];
            if (list.Count >= perAddressMax) return false;
            list.Add(connection);
            return true;
        }
    }

    /// <summary>
    /// Removes and returns the matching connections, and drops addresses without connections. The second argument of
    /// <paramref name="matches"/> is whether the connection is spare.
    /// </summary>
    public List<BackendConnection> RemoveAll(Func<BackendConnection, bool, bool> matches)
    {
        var removed = new List<BackendConnection>();
        lock (_lock)
        {
            foreach (var (address, list) in _byAddress)
            {
                if (list.Count == 0) _byAddress.Remove(address);
                var spare = list.Count - regularMax;
                list.RemoveAll(connection =>
                {
                    var isRemoved = matches(connection, spare-- > 0);
                    if (isRemoved) removed.Add(connection);
                    return isRemoved;
                });
            }
        }

        return removed;
    }
}
