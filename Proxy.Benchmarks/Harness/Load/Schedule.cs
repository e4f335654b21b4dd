using Proxy.Benchmarks.Harness.Native;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>
/// Decides when requests are due, independently of earlier ones: when the proxy stalls, the load does not, and the time
/// that requests wait counts as latency.
/// </summary>
internal sealed class Schedule(Recording recording)
{
    private const int FailuresMax = 100;

    private readonly Queue<LoadConnection> _idle = new();
    private readonly Queue<long> _backlog = new();
    private long _start;
    private double _interval;
    private long _planned;
    private long _given;
    private int _atOnce;

    /// <summary>How many connections wait for a request.</summary>
    public int Idle => _idle.Count;

    /// <summary>Whether all requests were given to connections.</summary>
    public bool IsEmpty => _atOnce == 0 && _given == _planned && _backlog.Count == 0;

    /// <summary>Requests that no connection took yet.</summary>
    public int Waiting => _backlog.Count;

    /// <summary>When the next request is due; the far future if none is.</summary>
    public long NextDue => _given < _planned ? DueAt(_given) : long.MaxValue;

    /// <summary>Gives out a number of requests as fast as they are taken.</summary>
    public void BeginAtOnce(int requests)
    {
        _atOnce = requests;
        while (_atOnce > 0 && _idle.TryDequeue(out var connection)) connection.Begin(TakeAtOnce());
    }

    /// <summary>Gives out no more of them.</summary>
    public void EndAtOnce() => _atOnce = 0;

    /// <summary>Gives out requests at a rate from now on.</summary>
    public void BeginAtRate(double perSecond, double seconds)
    {
        (_start, _interval, _given) = (Loop.Now, 1e9 / perSecond, 0);
        _planned = (long)(perSecond * seconds);
    }

    /// <summary>Gives out what is due by now.</summary>
    public void Advance()
    {
        while (NextDue <= Loop.Now)
        {
            var due = DueAt(_given++);
            if (_idle.TryDequeue(out var connection)) connection.Begin(Sent(due));
            else _backlog.Enqueue(due);
        }
    }

    /// <summary>The time at which the request is due that a connection can begin at once, or null.</summary>
    public long? TryTake(LoadConnection connection)
    {
        // A peer that rejects each request immediately would otherwise occupy this thread forever.
        if (recording.Failures > FailuresMax) EndAtOnce();
        if (_atOnce > 0) return TakeAtOnce();
        if (_backlog.TryDequeue(out var due))
        {
            recording.Queued();
            return due;
        }

        _idle.Enqueue(connection);
        return null;
    }

    private long DueAt(long index) => _start + (long)(index * _interval);

    private long TakeAtOnce()
    {
        _atOnce--;
        return Loop.Now;
    }

    private long Sent(long due)
    {
        recording.Sent(Loop.Now - due);
        return due;
    }
}
