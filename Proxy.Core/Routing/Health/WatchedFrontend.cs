using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing.Health;

/// <summary>A frontend with dead backends: which ones, and its last read.</summary>
/// <param name="state">The frontend.</param>
internal sealed class WatchedFrontend(Frontend state)
{
    private readonly Dictionary<string, OutOfService> _out = [];

    /// <summary>The frontend.</summary>
    public Frontend State => state;

    /// <summary>The last read, with what it depends on; null for none.</summary>
    public CachedRoute? Cached { get; set; }

    /// <summary>When it is read again even if no change was pushed.</summary>
    public long ReadAt { get; set; }

    /// <summary>The backends that were found dead.</summary>
    public IReadOnlyDictionary<string, OutOfService> Out => _out;

    /// <summary>Adds a backend; null if it is known already.</summary>
    public OutOfService? Add(string url, long now)
    {
        var found = new OutOfService(url, now);
        return _out.TryAdd(DeadMark.KeyOf(url), found) ? found : null;
    }

    /// <summary>Returns the backend; null if it is not known.</summary>
    public OutOfService? Find(string url) => _out.GetValueOrDefault(DeadMark.KeyOf(url));

    /// <summary>Removes a backend that is back.</summary>
    public void Remove(OutOfService found) => _out.Remove(DeadMark.KeyOf(found.Url));

    /// <summary>Returns whether the route may have changed since the last read.</summary>
    public bool IsDue(ChangeTracker changes, long now)
    {
        var epoch = changes.Epoch;
        if (epoch == ChangeTracker.Disconnected) return false;
        return Cached is null || Cached.Epoch != epoch || !Cached.IsUnchanged(changes) || now >= ReadAt;
    }
}
