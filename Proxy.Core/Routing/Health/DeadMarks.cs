namespace Proxy.Core.Routing.Health;

/// <summary>
/// The marks of a frontend at one moment, at most one per backend; replaced as a whole, never changed.
/// </summary>
/// <param name="all">In the order in which they were made.</param>
internal sealed class DeadMarks(DeadMark[] all)
{
    private Dictionary<string, DeadMark>? _byUrl;

    public static DeadMarks None { get; } = new([]);

    public DeadMark[] All => all;

    /// <summary>Returns the mark of a backend, unless it has expired.</summary>
    public DeadMark? Find(string url, long now) =>
        all.Length > 0 && ByUrl().TryGetValue(DeadMark.KeyOf(url), out var mark) && mark.Deadline > now ? mark : null;

    /// <summary>
    /// Returns the members of the dead set that denote a marked backend. Not cached: publishing may change an index.
    /// </summary>
    public HashSet<int> Indexes(long now)
    {
        var indexes = new HashSet<int>(all.Length);
        foreach (var mark in all)
            if (mark.Deadline > now) indexes.Add(mark.Index);
        return indexes;
    }

    /// <summary>Returns the marks with this one instead of an older one of its backend, without expired ones.</summary>
    public DeadMarks With(DeadMark mark, long now) =>
        new([.. Array.FindAll(all, other => other.Deadline > now && !other.IsAbout(mark.Url)), mark]);

    /// <summary>Returns the marks without these.</summary>
    public DeadMarks Without(HashSet<DeadMark> some) => new(Array.FindAll(all, mark => !some.Contains(mark)));

    // Computed on demand; two threads that do so at once compute the same.
    private Dictionary<string, DeadMark> ByUrl()
    {
        if (Volatile.Read(ref _byUrl) is { } made) return made;
        var byUrl = new Dictionary<string, DeadMark>(all.Length);
        foreach (var mark in all) byUrl[DeadMark.KeyOf(mark.Url)] = mark;
        Volatile.Write(ref _byUrl, byUrl);
        return byUrl;
    }
}
