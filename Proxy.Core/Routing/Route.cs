namespace Proxy.Core.Routing;

/// <summary>A frontend's backends as read at one moment; replaced whole, never changed.</summary>
public sealed class Route
{
    private readonly int[] _dead;
    private readonly long _deadUntil;
    private Standing? _standing;

    internal Route(Frontend state, Reading reading, long now)
    {
        State = state;
        Id = reading.List[0];
        Backends = new Backend[reading.List.Length - 1];
        for (var i = 0; i < Backends.Length; i++) Backends[i] = new Backend(reading.List[i + 1], i, Id);
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
    public int Seat => State.Seat;

    /// <summary>What this node knows of the frontend beyond what the store says.</summary>
    internal Frontend State { get; }

    /// <summary>When the dead set was going to expire, or <see cref="long.MaxValue"/>.</summary>
    internal long DeadUntil => _dead.Length > 0 ? _deadUntil : long.MaxValue;

    /// <summary>Whether the store's dead set held this index.</summary>
    internal bool Holds(int index) => Array.IndexOf(_dead, index) >= 0;

    /// <summary>Whether some backend may be dead: cheap, and true too often.</summary>
    internal bool MayHaveDead => _dead.Length > 0 || State.Marks.Length > 0;

    /// <summary>Who took the backend out of service; null while it is in.</summary>
    internal MarkOrigin? DeadBy(Backend backend, long now) => !IsDead(backend, now) ? null
        : State.Find(backend.Url, now)?.Kind switch
        {
            MarkKind.Failed => MarkOrigin.ThisNode,
            MarkKind.Heard => MarkOrigin.OtherNode,
            _ => MarkOrigin.Store,
        };

    /// <summary>The backends that may be chosen now.</summary>
    internal Backend[] Living(long now)
    {
        var standing = Volatile.Read(ref _standing);
        if (standing is null || standing.Until <= now || standing.Marks != State.Marks)
            Volatile.Write(ref _standing, standing = Stand(State.Marks, now));
        return standing.Living;
    }

    private Standing Stand(Mark[] marks, long now)
    {
        var until = now < DeadUntil ? DeadUntil : long.MaxValue;
        foreach (var mark in marks)
            if (mark.Deadline > now) until = Math.Min(until, mark.Deadline);
        var living = Array.FindAll(Backends, b => b.Fault is Failure.None && !IsDead(b, now));
        return new Standing(living, marks, until);
    }

    // An index means the backend it meant when it was put into the set, if that is known: lists change.
    private bool IsDead(Backend backend, long now)
    {
        var isHeld = now < _deadUntil && Holds(backend.Index) && !State.IsAboutAnother(backend.Index, backend.Url, now);
        return State.Find(backend.Url, now) switch
        {
            { Kind: MarkKind.Failed } => true,
            { Kind: MarkKind.Revived } => false,
            { } heard => now < _deadUntil && Holds(heard.Index),
            null => isHeld,
        };
    }

    /// <summary>Who lives, as long as the marks stay the same and no deadline passes.</summary>
    private sealed record Standing(Backend[] Living, Mark[] Marks, long Until);
}
