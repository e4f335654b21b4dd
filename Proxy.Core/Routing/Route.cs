using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>A frontend's backends as read at one moment; replaced whole, never changed.</summary>
public sealed class Route
{
    private readonly HashSet<int> _dead;
    private readonly long _deadUntil;
    private BackendStatus? _standing;

    /// <summary>What the frontend's <paramref name="old"/> route has parsed is not parsed again.</summary>
    internal Route(Frontend state, StoredRoute reading, long now, Route? old = null)
    {
        State = state;
        Id = reading.List[0];
        Backends = new Backend[reading.List.Length - 1];
        for (var i = 0; i < Backends.Length; i++)
            Backends[i] = old?.ReuseBackend(reading.List[i + 1], i, Id) ?? new Backend(reading.List[i + 1], i, Id);
        _dead = [.. reading.Dead];
        _deadUntil = reading.DeadFor is { } left ? now + (long)left.TotalMilliseconds : long.MaxValue;
    }

    /// <summary>The name under which the list was found: with the port if that key matched, or a wildcard.</summary>
    public string Frontend => State.Name;

    /// <summary><see cref="Frontend"/> as the bytes of its key.</summary>
    public byte[] FrontendBytes => State.NameBytes;

    /// <summary>The list's first element, which names the application and is not a backend.</summary>
    public string Id { get; }

    /// <summary>In list order, malformed ones included.</summary>
    public Backend[] Backends { get; }

    /// <summary>The frontend's place among the busiest (<see cref="BusiestHosts"/>), or -1.</summary>
    public int CounterSlot => State.CounterSlot;

    /// <summary>What this node knows of the frontend beyond what the store says.</summary>
    internal Frontend State { get; }

    /// <summary>When the dead set was going to expire, or <see cref="long.MaxValue"/>.</summary>
    internal long DeadUntil => _dead.Count > 0 ? _deadUntil : long.MaxValue;

    /// <summary>Whether the store's dead set held this index.</summary>
    internal bool Holds(int index) => _dead.Contains(index);

    /// <summary>Whether the store's dead set held any index.</summary>
    internal bool HoldsAny => _dead.Count > 0;

    /// <summary>Whether some backend may be dead: cheap, and true too often.</summary>
    internal bool MayHaveDead => _dead.Count > 0 || State.Marks.All.Length > 0;

    /// <summary>The backends that are out of service, and who took them out.</summary>
    internal IEnumerable<(Backend Backend, DeadMarkOrigin Origin)> Dead(long now)
    {
        var living = Healthy(now);
        var next = 0;
        foreach (var backend in Backends)
        {
            if (next < living.Length && living[next] == backend) next++;
            else if (backend.Fault is Failure.None) yield return (backend, OriginOf(backend, now));
        }
    }

    /// <summary>The backends that may be chosen now.</summary>
    internal Backend[] Healthy(long now)
    {
        var standing = Volatile.Read(ref _standing);
        var marks = State.Marks;
        if (standing is null || standing.Until <= now || standing.Marks != marks)
            Volatile.Write(ref _standing, standing = ComputeStatus(marks, now));
        return standing.Healthy;
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
        var living = Array.FindAll(Backends, b => b.Fault is Failure.None && !IsDead(b, marks, known, now));
        return new BackendStatus(living, marks, until);
    }

    // An index means the backend it meant when it was put into the set, if that is known: lists change. So it does not
    // mean one that has no mark, where there is a mark behind it.
    private bool IsDead(Backend backend, DeadMarks marks, HashSet<int> known, long now) =>
        marks.Find(backend.Url, now) switch
        {
            { Kind: DeadMarkKind.Failed } => true,
            { Kind: DeadMarkKind.Revived } => false,
            { } heard => now < _deadUntil && Holds(heard.Index),
            null => now < _deadUntil && Holds(backend.Index) && !known.Contains(backend.Index),
        };

    /// <summary>Who lives, as long as the marks stay the same and no deadline passes.</summary>
    private sealed record BackendStatus(Backend[] Healthy, DeadMarks Marks, long Until);
}
