namespace Proxy.Core.Routing.Health;

/// <summary>What is known of a backend besides the store's dead set.</summary>
internal enum DeadMarkKind
{
    /// <summary>This node could not connect to it: it is out.</summary>
    Failed,

    /// <summary>Another node said so: it is out if the set holds it.</summary>
    ReportedByPeer,

    /// <summary>It was marked and this node could connect again: it is in, until the store has been told.</summary>
    Revived,
}

/// <summary>
/// What is known of a backend besides the store's dead set. It is over at its deadline whatever becomes of others.
/// </summary>
/// <param name="kind">What is known.</param>
/// <param name="url">The backend, exactly as stored.</param>
/// <param name="index">The member of the dead set that stands for it, whatever has become of the list since.</param>
/// <param name="deadline">On the <see cref="Clock"/>.</param>
internal sealed class DeadMark(DeadMarkKind kind, string url, int index, long deadline)
{
    private Publication? _told;
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

    /// <summary>Whether it is about this backend. Hipache publishes URLs with a slash at the end.</summary>
    public bool IsAbout(string url) => Url == url || KeyOf(Url) == KeyOf(url);

    /// <summary>What is the same in all spellings of a backend.</summary>
    public static string KeyOf(string url) => url.TrimEnd('/');

    /// <summary>When the store was told; null while it was not.</summary>
    public Publication? Published
    {
        get => Volatile.Read(ref _told);
        set => Volatile.Write(ref _told, value);
    }

    /// <summary>Whether a reading has shown it in the store.</summary>
    public bool WasSeen
    {
        get => Volatile.Read(ref _wasSeen);
        set => Volatile.Write(ref _wasSeen, value);
    }

    /// <summary>Whether the store ended it before its time.</summary>
    public bool IsWithdrawn
    {
        get => Volatile.Read(ref _isWithdrawn);
        set => Volatile.Write(ref _isWithdrawn, value);
    }

    /// <summary>When the store was told.</summary>
    /// <param name="Order">How many times it had been told then: orders tellings and readings.</param>
    /// <param name="At">On the <see cref="Clock"/>.</param>
    public sealed record Publication(long Order, long At);
}
