using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing.Health;

/// <summary>A frontend with backends out of service: which ones, and what was last read of it.</summary>
/// <param name="state">The frontend.</param>
internal sealed class WatchedFrontend(Frontend state)
{
    private readonly Dictionary<string, OutOfService> _out = [];

    /// <summary>The frontend.</summary>
    public Frontend State => state;

    /// <summary>What was read last, with what it depends on; null for nothing.</summary>
    public CachedRoute? Cached { get; set; }

    /// <summary>When it is to be read again though no change was pushed.</summary>
    public long ReadAt { get; set; }

    /// <summary>The backends that were found out of service.</summary>
    public IReadOnlyDictionary<string, OutOfService> Out => _out;

    /// <summary>Adds a backend; null if it was known.</summary>
    public OutOfService? Add(string url, long now)
    {
        var found = new OutOfService(url, now);
        return _out.TryAdd(DeadMark.KeyOf(url), found) ? found : null;
    }

    /// <summary>The backend as it is known; null if it is not.</summary>
    public OutOfService? Find(string url) => _out.GetValueOrDefault(DeadMark.KeyOf(url));

    /// <summary>Forgets a backend that is back.</summary>
    public void Remove(OutOfService found) => _out.Remove(DeadMark.KeyOf(found.Url));

    /// <summary>Whether what was read may have changed since.</summary>
    public bool IsDue(ChangeTracker changes, long now)
    {
        var epoch = changes.Epoch;
        if (epoch == ChangeTracker.Disconnected) return false;
        return Cached is null || Cached.Epoch != epoch || !Cached.IsUnchanged(changes) || now >= ReadAt;
    }
}
