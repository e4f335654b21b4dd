using System.Text;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>
/// What a node knows of a frontend that outlives one reading of its list: whose turn it is, and who failed.
/// </summary>
internal sealed class Frontend(string name)
{
    /// <summary>A backend that fails again so soon after its mark is not marked anew.</summary>
    private const long MarkAgainMilliseconds = 1000;

    /// <summary>How often one request may try a backend of a frontend that has no other left.</summary>
    private const long TrialMilliseconds = 1000;

    /// <summary>For <see cref="CounterSlot"/>: it is not among the busiest.</summary>
    public const int NoSeat = -1;

    private readonly Lock _lock = new();
    private DeadMarks _marks = DeadMarks.None;
    private string _faults = "";
    private int _users;
    private long _lastTrial = -TrialMilliseconds;
    private int _heat;
    private int _seat = NoSeat;

    public string Name { get; } = name;

    public byte[] NameBytes { get; } = Encoding.Latin1.GetBytes(name);

    /// <summary>Its place among the busiest frontends, see <see cref="BusiestHosts"/>.</summary>
    public int CounterSlot
    {
        get => Volatile.Read(ref _seat);
        set => Volatile.Write(ref _seat, value);
    }

    /// <summary>At most one for a backend; replaced whole at every change.</summary>
    public DeadMarks Marks => Volatile.Read(ref _marks);

    /// <summary>Selects the backend of each request.</summary>
    public RoundRobin Selection { get; } = new();

    /// <summary>
    /// A request came. Threads may overwrite each other's count: it only says who is busier, and must cost nothing.
    /// </summary>
    public void Warm() => Volatile.Write(ref _heat, _heat + 1);

    /// <summary>How busy it is; what is long ago counts less and less, as each call halves it.</summary>
    public int Cool()
    {
        var heat = Volatile.Read(ref _heat);
        Volatile.Write(ref _heat, heat / 2);
        return heat;
    }

    /// <summary>Takes a backend out until the deadline; null if that happened just now.</summary>
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

    /// <summary>Remembers that another node saw a backend fail.</summary>
    public void OnPeerReport(DeadMessage message, long now, long deadline)
    {
        lock (_lock)
        {
            if (!IsOwnNews(Find(message.Url, now), now, deadline))
                Replace(new DeadMark(DeadMarkKind.ReportedByPeer, message.Url, message.Index, deadline), now);
        }
    }

    /// <summary>Takes a backend in again; null if it was not seen to fail.</summary>
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
    /// Ends the marks that the store was told of before it was read: it is the authority. False if it is too early to
    /// say, because what is read is a copy and may lag behind.
    /// </summary>
    /// <param name="route">As read from the store.</param>
    /// <param name="order">How many times the store had been told when the reading began.</param>
    /// <param name="toldBefore">Tellings since then are too young to be missed.</param>
    /// <param name="isCopy">Whether a copy was read, which may never receive what was written to the store.</param>
    public bool Confirm(Route route, long order, long toldBefore, bool isCopy = false)
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
            if (!contradicts || mark.Published is not { } told || told.Order > order) continue;
            if (told.At > toldBefore) isCertain = false;
            else if (!isCopy || mark.WasSeen || mark.Kind is not DeadMarkKind.Failed) over.Add(mark);
        }
        if (over.Count > 0) Remove(over);
        return isCertain;
    }

    /// <summary>The mark of a backend, unless it is over.</summary>
    public DeadMark? Find(string url, long now) => Marks.Find(url, now);

    /// <summary>Whether a PlanB node saw this backend fail.</summary>
    public bool HasFailed(string url, long now) =>
        Find(url, now) is { Kind: DeadMarkKind.Failed or DeadMarkKind.ReportedByPeer };

    /// <summary>Whether this request is the one of its second that may try a dead backend.</summary>
    public bool MayTry(long now)
    {
        var last = Volatile.Read(ref _lastTrial);
        return IsTrialDue(now) && Interlocked.CompareExchange(ref _lastTrial, now, last) == last;
    }

    /// <summary>Whether none has tried in this second.</summary>
    public bool IsTrialDue(long now) => now - Volatile.Read(ref _lastTrial) >= TrialMilliseconds;

    /// <summary>Whether anything is remembered of a backend.</summary>
    public bool IsMarked(long now) => Array.Exists(Marks.All, mark => mark.Deadline > now);

    /// <summary>Counts the hosts in the table that use the frontend; how many there are now.</summary>
    public int Use(int change) => Interlocked.Add(ref _users, change);

    /// <summary>Whether there are malformed entries, other than at the last call.</summary>
    public bool IsNewFault(string faults) => Interlocked.Exchange(ref _faults, faults) != faults && faults.Length > 0;

    // A message of this node comes back to it, and late if the mark could not be published at once.
    private static bool IsOwnNews(DeadMark? mark, long now, long deadline) =>
        mark is { Kind: DeadMarkKind.Failed } own
        && (own.Deadline >= deadline - MarkAgainMilliseconds
            || own.Published is not { } told || now - told.At < MarkAgainMilliseconds);

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
