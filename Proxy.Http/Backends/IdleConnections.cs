using Proxy.Core.Routing;

namespace Proxy.Http.Backends;

/// <summary>The idle connections of one home, the newest of each address first.</summary>
/// <param name="keptMax">How many of an address are not spare: its newest.</param>
/// <param name="perAddressMax">How many an address may have.</param>
internal sealed class IdleConnections(int keptMax, int perAddressMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BackendAddress, List<BackendConnection>> _byAddress = [];

    public int Count
    {
        get
        {
            lock (_lock) return _byAddress.Values.Sum(list => list.Count);
        }
    }

    /// <summary>Adds up how many each address has; no address beyond so many is begun.</summary>
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

    /// <summary>The newest one, which then belongs to the caller.</summary>
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

    public bool TryKeep(BackendConnection connection)
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
    /// Takes out what matches, which is told of each connection whether it is spare, and forgets addresses without
    /// connections.
    /// </summary>
    public List<BackendConnection> RemoveAll(Func<BackendConnection, bool, bool> matches)
    {
        var removed = new List<BackendConnection>();
        lock (_lock)
        {
            foreach (var (address, list) in _byAddress)
            {
                if (list.Count == 0) _byAddress.Remove(address);
                var spare = list.Count - keptMax;
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
