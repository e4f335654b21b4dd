using System.Text;

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

    private readonly Lock _lock = new();
    private Mark[] _marks = [];
    private string _faults = "";
    private int _users;
    private long _turn = -1;
    private long _lastTrial = -TrialMilliseconds;

    public string Name { get; } = name;

    public byte[] NameBytes { get; } = Encoding.Latin1.GetBytes(name);

    /// <summary>Replaced whole at every change.</summary>
    public Mark[] Marks => Volatile.Read(ref _marks);

    /// <summary>0, 1, 2, ... over all requests of the frontend.</summary>
    public ulong NextTurn() => (ulong)Interlocked.Increment(ref _turn);

    /// <summary>Sets where the turns begin, for tests.</summary>
    internal void StartAt(long turn) => Volatile.Write(ref _turn, turn - 1);

    /// <summary>Takes a backend out until the deadline; null if that happened just now.</summary>
    public Mark? Fail(string url, long now, long deadline)
    {
        lock (_lock)
        {
            var known = Array.Find(_marks, mark => mark.Url == url && mark.IsActing);
            var isNew = known is null || known.Deadline <= now || deadline - known.Deadline >= MarkAgainMilliseconds;
            if (!isNew) return null;
            var mark = new Mark(url, deadline, isActing: true);
            Replace(url, now, mark);
            return mark;
        }
    }

    /// <summary>Remembers that another node saw a backend fail.</summary>
    public void Hear(string url, long now, long deadline)
    {
        lock (_lock)
        {
            if (!Array.Exists(_marks, mark => mark.Url == url && mark.IsActing && mark.Deadline > now))
                Replace(url, now, new Mark(url, deadline, isActing: false));
        }
    }

    /// <summary>Ends the mark of a backend; whether there was one.</summary>
    public bool Forgive(string url, long now)
    {
        lock (_lock)
        {
            if (!Array.Exists(_marks, mark => mark.Url == url && mark.Deadline > now)) return false;
            Replace(url, now, null);
            return true;
        }
    }

    /// <summary>Ends the marks that the store once knew and no longer holds: it is the authority.</summary>
    /// <param name="route">Read from the store.</param>
    /// <param name="startedAt">What the <see cref="MarkTeller"/> had counted when the reading began.</param>
    public void Confirm(Route route, long startedAt)
    {
        foreach (var mark in Marks)
        {
            if (mark.ToldAt == 0 || mark.ToldAt > startedAt || !mark.IsActing || route.IsMarked(mark.Url)) continue;
            lock (_lock) Volatile.Write(ref _marks, Array.FindAll(_marks, other => other != mark));
        }
    }

    /// <summary>Whether a PlanB node saw this backend fail.</summary>
    public bool HasFailed(string url, long now) => Array.Exists(Marks, mark => mark.Url == url && mark.Deadline > now);

    /// <summary>Whether this request is the one of its second that may try a dead backend.</summary>
    public bool MayTry(long now)
    {
        var last = Volatile.Read(ref _lastTrial);
        return now - last >= TrialMilliseconds && Interlocked.CompareExchange(ref _lastTrial, now, last) == last;
    }

    /// <summary>Whether any failure is remembered.</summary>
    public bool IsMarked(long now) => Array.Exists(Marks, mark => mark.Deadline > now);

    /// <summary>Counts the hosts in the table that use the frontend; how many there are now.</summary>
    public int Use(int change) => Interlocked.Add(ref _users, change);

    /// <summary>Whether there are malformed entries, other than at the last call.</summary>
    public bool IsNewFault(string faults) => Interlocked.Exchange(ref _faults, faults) != faults && faults.Length > 0;

    private void Replace(string url, long now, Mark? mark)
    {
        var others = Array.FindAll(_marks, other => other.Url != url && other.Deadline > now);
        Volatile.Write(ref _marks, mark is null ? others : [.. others, mark]);
    }
}
