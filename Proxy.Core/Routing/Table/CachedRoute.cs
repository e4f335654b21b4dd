namespace Proxy.Core.Routing.Table;

/// <summary>The result of a read for a host.</summary>
/// <param name="Route">The route; null when the host has none.</param>
/// <param name="Name">The position of the route's frontend among the host's names.</param>
/// <param name="Epoch">The epoch in which the read started.</param>
/// <param name="ReadAt">When it was read.</param>
/// <param name="Keys">The keys it depends on, as of before the read.</param>
internal sealed record CachedRoute(Route? Route, int Name, long Epoch, long ReadAt, KeyVersion[] Keys)
{
    /// <summary>When it is read again even if no change was pushed.</summary>
    public long Until { get; init; }

    /// <summary>Whether the store cannot have lagged behind this node's writes.</summary>
    public bool IsCertain { get; init; } = true;

    /// <summary>Returns whether no key has changed since.</summary>
    public bool IsUnchanged(ChangeTracker changes)
    {
        foreach (var key in Keys)
            if (!changes.IsCurrent(key)) return false;
        return true;
    }
}
