namespace Proxy.Core.Routing;

/// <summary>
/// That a backend failed, as seen by a PlanB node; it is over at its deadline whatever becomes of others.
/// </summary>
/// <param name="url">The backend, exactly as stored.</param>
/// <param name="deadline">On the <see cref="Clock"/>.</param>
/// <param name="isActing">
/// Whether the mark itself takes the backend out: this node's own do; those heard of act through the store's set.
/// </param>
internal sealed class Mark(string url, long deadline, bool isActing)
{
    private long _toldAt;

    public string Url { get; } = url;

    public long Deadline { get; } = deadline;

    public bool IsActing { get; } = isActing;

    /// <summary>When the store knew of it, counted by the <see cref="MarkTeller"/>; 0 while it does not.</summary>
    public long ToldAt
    {
        get => Volatile.Read(ref _toldAt);
        set => Volatile.Write(ref _toldAt, value);
    }
}
