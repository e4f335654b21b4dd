using System.Text;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>
/// What a node knows of a frontend beyond one read of its list: its selection state and its dead marks.
/// </summary>
internal sealed class Frontend(string name)
{
    /// <summary>A backend that fails again within this time after its mark is not marked again.</summary>
    private const long MarkAgainMilliseconds = 1000;

    /// <summary>How often one request may try a dead backend of a frontend that has no other left.</summary>
    private const long TrialMilliseconds = 1000;

    /// <summary>The <see cref="CounterSlot"/> of a frontend that is not among the busiest.</summary>
    public const int NoSlot = -1;

    private readonly Lock _lock = new();
    private DeadMarks _marks = DeadMarks.None;
    private string _faults = "";
    private int _users;
    private long _lastTrial = -TrialMilliseconds;
    private int _load;
    private int _counterSlot = NoSlot;

    public string Name { get; } = name;

    public byte[] NameBytes { get; } = Encoding.Latin1.GetBytes(name);

    /// <summary>Its slot among the busiest frontends, see <see cref="BusiestHosts"/>.</summary>
    public int CounterSlot
    {
        get => Volatile.Read(ref _counterSlot);
        set => Volatile.Write(ref _counterSlot, value);
    }

    /// <summary>At most one mark per backend; replaced as a whole at every change.</summary>
    public DeadMarks Marks => Volatile.Read(ref _marks);

    /// <summary>Selects the backend of each request.</summary>
    public RoundRobin Selection { get; } = new();

    /// <summary>
    /// Counts a request. Threads may overwrite each other's count: it only ranks frontends, and must cost nothing.
    /// </summary>
    public void CountRequest() => Volatile.Write(ref _load, _load + 1);

    /// <summary>Returns the recent load; older requests count less and less, as each call halves it.</summary>
    public int TakeLoad()
    {
        var load = Volatile.Read(ref _load);
        Volatile.Write(ref _load, load / 2);
        return load;
    }

    /// <summary>Marks a backend as dead until the deadline; null if that was just done.</summary>
    public DeadMark? Fail(Backend backend, long now, long deadline)
    {
        lock (_lock)
        {
            Volatile.Write(ref _lastTrial, now);
            var isNew = Find(backend.Url, now) is not { Kind: DeadMarkKind.Failed } known
                || deadline - known.Deadline >= MarkAgainMilliseconds;
            return isNew ? Replace(new DeadMark(DeadMarkKind.Failed, backend.Url, backend.Index, deadline), now) : null;
        }
    }

    /// <summary>Records that a backend failed on another node.</summary>
    public void OnPeerReport(DeadMessage message, long now, long deadline)
    {
        lock (_lock)
        {
            if (!IsKnown(Find(message.Url, now), now, deadline))
                Replace(new DeadMark(DeadMarkKind.ReportedByPeer, message.Url, message.Index, deadline), now);
        }
    }

    /// <summary>Marks a backend as healthy again; null if it had not failed.</summary>
    public DeadMark? Revive(Backend backend, long now, long deadline)
    {
        lock (_lock)
        {
            if (Find(backend.Url, now) is not { Kind: DeadMarkKind.Failed or DeadMarkKind.ReportedByPeer } mark)
                return null;
            return Replace(new DeadMark(DeadMarkKind.Revived, backend.Url, mark.Index, deadline), now);
        }
    }

    /// <summary>
    /// Removes marks that contradict a read of the store which began after they were published: the store is the
    /// authority. Returns false if it is too early to decide, because a copy was read, which may lag behind.
    /// </summary>
    /// <param name="route">As read from the store.</param>
    /// <param name="order">How many marks had been published when the read began.</param>
    /// <param name="publishedBefore">Marks published later are too young to be expected in the store.</param>
    /// <param name="isCopy">Whether a copy was read, which may never receive what was written to the store.</param>
    public bool Confirm(Route route, long order, long publishedBefore, bool isCopy = false)
    {
        var isCertain = true;
        var over = new HashSet<DeadMark>();
        foreach (var mark in Marks.All)
        {
            var isInSet = route.Holds(mark.Index);
            if (isInSet) mark.WasSeen = true;
            var contradicts = mark.Kind is DeadMarkKind.Failed
                ? !isInSet
                : mark.Kind is DeadMarkKind.Revived && isInSet;
            if (!contradicts || mark.Published is not { } publication || publication.Order > order) continue;
            if (publication.At > publishedBefore) isCertain = false;
            else if (!isCopy || mark.WasSeen || mark.Kind is not DeadMarkKind.Failed) over.Add(mark);
        }
        if (over.Count > 0) Remove(over);
        return isCertain;
    }

    /// <summary>Returns the mark of a backend, unless it has expired.</summary>
    public DeadMark? Find(string url, long now) => Marks.Find(url, now);

    /// <summary>Returns whether this backend failed on a PlanB node.</summary>
    public bool HasFailed(string url, long now) =>
        Find(url, now) is { Kind: DeadMarkKind.Failed or DeadMarkKind.ReportedByPeer };

    /// <summary>Returns whether this request may try a dead backend: one per second may.</summary>
    public bool MayTry(long now)
    {
        var last = Volatile.Read(ref _lastTrial);
        return IsTrialDue(now) && Interlocked.CompareExchange(ref _lastTrial, now, last) == last;
    }

    /// <summary>Returns whether no request has tried one in this second.</summary>
    public bool IsTrialDue(long now) => now - Volatile.Read(ref _lastTrial) >= TrialMilliseconds;

    /// <summary>Returns whether any backend has a mark.</summary>
    public bool IsMarked(long now) => Array.Exists(Marks.All, mark => mark.Deadline > now);

    /// <summary>Counts the hosts in the table that use the frontend; returns how many there are now.</summary>
    public int Use(int change) => Interlocked.Add(ref _users, change);

    /// <summary>Returns whether there are malformed entries, other than at the last call.</summary>
    public bool IsNewFault(string faults) => Interlocked.Exchange(ref _faults, faults) != faults && faults.Length > 0;

    // A message of this node also comes back to it, late if the mark could not be published at once.
    private static bool IsKnown(DeadMark? mark, long now, long deadline) =>
        mark is { Kind: DeadMarkKind.Failed } own
        && (own.Deadline >= deadline - MarkAgainMilliseconds
            || own.Published is not { } publication || now - publication.At < MarkAgainMilliseconds);

    private DeadMark Replace(DeadMark mark, long now)
    {
        Volatile.Write(ref _marks, _marks.With(mark, now));
        return mark;
    }

    private void Remove(HashSet<DeadMark> over)
    {
        foreach (var mark in over) mark.IsWithdrawn = true;
        lock (_lock) Volatile.Write(ref _marks, _marks.Without(over));
    }
}
