namespace Proxy.Core.Routing.Health;

/// <summary>What is known of a backend in addition to the store's dead set.</summary>
internal enum DeadMarkKind
{
    /// <summary>This node could not connect to it: it is dead.</summary>
    Failed,

    /// <summary>Another node reported it: it is dead if the set contains it.</summary>
    ReportedByPeer,

    /// <summary>It was dead and this node has connected again: it is healthy, until that is published.</summary>
    Revived,
}

/// <summary>
/// What is known of a backend in addition to the store's dead set. It expires at its deadline, independently of others.
/// </summary>
/// <param name="kind">What is known.</param>
/// <param name="url">The backend, exactly as stored.</param>
/// <param name="index">The member of the dead set that denotes it, however the list has changed since.</param>
/// <param name="deadline">On the <see cref="Clock"/>.</param>
internal sealed class DeadMark(DeadMarkKind kind, string url, int index, long deadline)
{
    private Publication? _publication;
    private int _index = index;
    private bool _isWithdrawn;
    private bool _wasSeen;

    public DeadMarkKind Kind { get; } = kind;

    public string Url { get; } = url;

    public int Index
    {
        get => Volatile.Read(ref _index);
        set => Volatile.Write(ref _index, value);
    }

    public long Deadline { get; } = deadline;

    /// <summary>Returns whether the mark is about this backend. Hipache publishes URLs with a trailing slash.</summary>
    public bool IsAbout(string url) => Url == url || KeyOf(Url) == KeyOf(url);

    /// <summary>Returns what all spellings of a backend have in common.</summary>
    public static string KeyOf(string url) => url.TrimEnd('/');

    /// <summary>When the mark was published in the store; null if it was not.</summary>
    public Publication? Published
    {
        get => Volatile.Read(ref _publication);
        set => Volatile.Write(ref _publication, value);
    }

    /// <summary>Whether a read has shown it in the store.</summary>
    public bool WasSeen
    {
        get => Volatile.Read(ref _wasSeen);
        set => Volatile.Write(ref _wasSeen, value);
    }

    /// <summary>Whether the store removed it before its deadline.</summary>
    public bool IsWithdrawn
    {
        get => Volatile.Read(ref _isWithdrawn);
        set => Volatile.Write(ref _isWithdrawn, value);
    }

    /// <summary>When a mark was published.</summary>
    /// <param name="Order">How many marks had been published then: orders publications and reads.</param>
    /// <param name="At">On the <see cref="Clock"/>.</param>
    public sealed record Publication(long Order, long At);
}
