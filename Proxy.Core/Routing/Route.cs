using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>A frontend's backends as read at one moment; replaced as a whole, never changed.</summary>
public sealed class Route
{
    private readonly HashSet<int> _dead;
    private readonly long _deadUntil;
    private BackendStatus? _status;

    /// <summary>Backends that the frontend's <paramref name="old"/> route has parsed are not parsed again.</summary>
    internal Route(Frontend state, StoredRoute stored, long now, Route? old = null)
    {
        State = state;
        Id = stored.List[0];
        Backends = new Backend[stored.List.Length - 1];
        for (var i = 0; i < Backends.Length; i++)
            Backends[i] = old?.ReuseBackend(stored.List[i + 1], i, Id) ?? new Backend(stored.List[i + 1], i, Id);
        _dead = [.. stored.Dead];
        _deadUntil = stored.DeadFor is { } left ? now + (long)left.TotalMilliseconds : long.MaxValue;
    }

    /// <summary>The name under which the list was found: with the port if that key matched, or a wildcard.</summary>
    public string Frontend => State.Name;

    /// <summary><see cref="Frontend"/> as the bytes of its key.</summary>
    public byte[] FrontendBytes => State.NameBytes;

    /// <summary>The list's first element, which names the application and is not a backend.</summary>
    public string Id { get; }

    /// <summary>In list order, malformed ones included.</summary>
    public Backend[] Backends { get; }

    /// <summary>The frontend's slot among the busiest (<see cref="BusiestHosts"/>), or -1.</summary>
    public int CounterSlot => State.CounterSlot;

    /// <summary>What this node knows of the frontend beyond the store.</summary>
    internal Frontend State { get; }

    /// <summary>When the dead set was due to expire, or <see cref="long.MaxValue"/>.</summary>
    internal long DeadUntil => _dead.Count > 0 ? _deadUntil : long.MaxValue;

    /// <summary>Returns whether the store's dead set contained this index.</summary>
    internal bool Holds(int index) => _dead.Contains(index);

    /// <summary>Whether the store's dead set contained any index.</summary>
    internal bool HoldsAny => _dead.Count > 0;

    /// <summary>Whether some backend may be dead: a cheap check with false positives.</summary>
    internal bool MayHaveDead => _dead.Count > 0 || State.Marks.All.Length > 0;

    /// <summary>Returns the dead backends, and who marked them.</summary>
    internal IEnumerable<(Backend Backend, DeadMarkOrigin Origin)> Dead(long now)
    {
        var healthy = Healthy(now);
        var next = 0;
        foreach (var backend in Backends)
        {
            if (next < healthy.Length && healthy[next] == backend) next++;
            else if (backend.Fault is Failure.None) yield return (backend, OriginOf(backend, now));
        }
    }

    /// <summary>Returns the backends that may be chosen now.</summary>
    internal Backend[] Healthy(long now)
    {
        var status = Volatile.Read(ref _status);
        var marks = State.Marks;
        if (status is null || status.Until <= now || status.Marks != marks)
            Volatile.Write(ref _status, status = ComputeStatus(marks, now));
        return status.Healthy;
    }

    private DeadMarkOrigin OriginOf(Backend dead, long now) => State.Find(dead.Url, now)?.Kind switch
    {
        DeadMarkKind.Failed => DeadMarkOrigin.ThisNode,
        DeadMarkKind.ReportedByPeer => DeadMarkOrigin.OtherNode,
        _ => DeadMarkOrigin.Store,
    };

    private Backend? ReuseBackend(string url, int index, string id) =>
        id == Id && index < Backends.Length && Backends[index].Url == url ? Backends[index] : null;

    private BackendStatus ComputeStatus(DeadMarks marks, long now)
    {
        var until = now < DeadUntil ? DeadUntil : long.MaxValue;
        foreach (var mark in marks.All)
            if (mark.Deadline > now) until = Math.Min(until, mark.Deadline);
        var known = marks.Indexes(now);
        var healthy = Array.FindAll(Backends, b => b.Fault is Failure.None && !IsDead(b, marks, known, now));
        return new BackendStatus(healthy, marks, until);
    }

    // An index denotes the backend that it denoted when it was added to the set, if that is known: lists change. So it
    // does not denote a backend without a mark, if there is a mark for the index.
    private bool IsDead(Backend backend, DeadMarks marks, HashSet<int> known, long now) =>
        marks.Find(backend.Url, now) switch
        {
            { Kind: DeadMarkKind.Failed } => true,
            { Kind: DeadMarkKind.Revived } => false,
            { } mark => now < _deadUntil && Holds(mark.Index),
            null => now < _deadUntil && Holds(backend.Index) && !known.Contains(backend.Index),
        };

    /// <summary>The healthy backends, valid as long as the marks stay the same and no deadline passes.</summary>
    private sealed record BackendStatus(Backend[] Healthy, DeadMarks Marks, long Until);
}
