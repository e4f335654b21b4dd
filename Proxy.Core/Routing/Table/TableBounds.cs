using System.Collections.Concurrent;

namespace Proxy.Core.Routing.Table;

/// <summary>
/// Keeps a table within its bounds: one for hosts with a route, one for hosts without, since any client can request
/// hosts that do not exist. The least recently used are removed first, an eighth at a time.
/// </summary>
internal sealed class TableBounds(
    ConcurrentDictionary<byte[], HostEntry> entries, FrontendTable frontends, RoutingSettings settings)
{
    private const int Share = 8;

    private readonly Lock _lock = new();
    private int _routes;
    private int _unknown;

    /// <summary>Hosts with a route.</summary>
    public int Routes => Volatile.Read(ref _routes);

    /// <summary>Hosts that are known to have no route.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>Counts a host by its new state, and makes room if there are too many of its kind.</summary>
    public void Replaced(CachedRoute? old, CachedRoute known)
    {
        Count(known, +1);
        if (old is not null) Count(old, -1);
        if (Routes > settings.RoutesMax) MakeRoom(hasRoute: true, settings.RoutesMax);
        if (Unknown > settings.UnknownHostsMax) MakeRoom(hasRoute: false, settings.UnknownHostsMax);
    }

    private void Count(CachedRoute known, int change)
    {
        if (known.Route is { } route)
        {
            Interlocked.Add(ref _routes, change);
            frontends.Use(route.State, change);
        }
        else Interlocked.Add(ref _unknown, change);
    }

    private void MakeRoom(bool hasRoute, int max)
    {
        if (!_lock.TryEnter()) return;
        try
        {
            var kind = entries.Where(pair => IsOfKind(pair.Value, hasRoute)).ToArray();
            Array.Sort(Array.ConvertAll(kind, pair => pair.Value.LastUsed), kind);
            foreach (var pair in kind.AsSpan(0, Math.Min(kind.Length, Math.Max(1, max / Share))))
                if (entries.TryRemove(pair)) Count(pair.Value.Cached!, -1);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private static bool IsOfKind(HostEntry entry, bool hasRoute) =>
        entry.Cached is { } known && known.Route is not null == hasRoute;
}
