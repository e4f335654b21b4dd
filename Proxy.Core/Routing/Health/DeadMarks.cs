namespace Proxy.Core.Routing.Health;

/// <summary>The marks of a frontend at one moment, at most one for a backend; replaced whole, never changed.</summary>
/// <param name="all">In the order in which they were made.</param>
internal sealed class DeadMarks(DeadMark[] all)
{
    private Dictionary<string, DeadMark>? _byUrl;

    public static DeadMarks None { get; } = new([]);

    public DeadMark[] All => all;

    /// <summary>The mark of a backend, unless it is over.</summary>
    public DeadMark? Find(string url, long now) =>
        all.Length > 0 && ByUrl().TryGetValue(DeadMark.KeyOf(url), out var mark) && mark.Deadline > now ? mark : null;

    /// <summary>
    /// The members of the dead set that stand for a marked backend. Not kept: an index may change when it is told.
    /// </summary>
    public HashSet<int> Indexes(long now)
    {
        var indexes = new HashSet<int>(all.Length);
        foreach (var mark in all)
            if (mark.Deadline > now) indexes.Add(mark.Index);
        return indexes;
    }

    /// <summary>With one more in place of the one of the same backend, and without those that are over.</summary>
    public DeadMarks With(DeadMark mark, long now) =>
        new([.. Array.FindAll(all, other => other.Deadline > now && !other.IsAbout(mark.Url)), mark]);

    /// <summary>Without some.</summary>
    public DeadMarks Without(HashSet<DeadMark> some) => new(Array.FindAll(all, mark => !some.Contains(mark)));

    // Made when it is first needed; two threads that do so at once make the same.
    private Dictionary<string, DeadMark> ByUrl()
    {
        if (Volatile.Read(ref _byUrl) is { } made) return made;
        var byUrl = new Dictionary<string, DeadMark>(all.Length);
        foreach (var mark in all) byUrl[DeadMark.KeyOf(mark.Url)] = mark;
        Volatile.Write(ref _byUrl, byUrl);
        return byUrl;
    }
}
