using System.Diagnostics;

namespace Proxy.Core.Transport;

/// <summary>
/// One coarse clock for all connections: every <see cref="TickMilliseconds"/> it cancels the reads and writes that are
/// overdue. No timer and no token per request.
/// </summary>
public sealed class Deadlines : IDisposable
{
    /// <summary>How late an expired deadline may be noticed.</summary>
    public const int TickMilliseconds = 100;

    private static readonly long TicksPerMillisecond = Stopwatch.Frequency / 1000;
    private static readonly long TicksPerSpanTick = Stopwatch.Frequency / TimeSpan.TicksPerSecond;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<Connection> _overdue = [];
    private Connection?[] _connections = new Connection?[64];
    private int _count;
    private int _ticking;
    private long _lastTick;
    private long _utcOffset;

    /// <summary>Starts the clock.</summary>
    public Deadlines(TimeProvider time)
    {
        _time = time;
        (_lastTick, _utcOffset) = (Now, UtcOffset());
        var tick = TimeSpan.FromMilliseconds(TickMilliseconds);
        _timer = time.CreateTimer(static self => ((Deadlines)self!).Tick(), this, tick, tick);
    }

    /// <summary>
    /// Milliseconds of a monotonic clock, that of <see cref="TurnClock"/>, not behind the last tick; never 0.
    /// </summary>
    public long Now => Math.Max(Volatile.Read(ref _lastTick), 1 + (TurnClock.Now / TicksPerMillisecond));

    /// <summary>The value of <see cref="Now"/> at the last tick: costs nothing to read.</summary>
    public long LastTick => Volatile.Read(ref _lastTick);

    /// <summary>Returns the moment <paramref name="limit"/> from now, or never without a limit.</summary>
    public long In(TimeSpan limit) => limit <= TimeSpan.Zero ? 0 : Now + (limit.Ticks / TimeSpan.TicksPerMillisecond);

    /// <summary>Returns the moment <paramref name="limit"/> after a time stamp, or never without a limit.</summary>
    public static long After(long timestamp, TimeSpan limit) => limit <= TimeSpan.Zero
        ? 0
        : 1 + (timestamp / TicksPerMillisecond) + (limit.Ticks / TimeSpan.TicksPerMillisecond);

    /// <summary>
    /// Returns the system time at a recent time stamp. A change of the system time is noticed at the next tick.
    /// </summary>
    public DateTimeOffset UtcOf(long timestamp) =>
        new((timestamp / TicksPerSpanTick) + Volatile.Read(ref _utcOffset), TimeSpan.Zero);

    /// <summary>Watches a connection until <see cref="Remove"/>.</summary>
    public void Add(Connection connection)
    {
        lock (_lock)
        {
            if (_count == _connections.Length) Array.Resize(ref _connections, 2 * _count);
            connection.DeadlineSlot = _count;
            _connections[_count++] = connection;
        }
    }

    /// <summary>Stops watching; a second call does nothing.</summary>
    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            var slot = connection.DeadlineSlot;
            if (slot < 0) return;
            var last = _connections[--_count]!;
            _connections[slot] = last;
            last.DeadlineSlot = slot;
            _connections[_count] = null;
            connection.DeadlineSlot = -1;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private long UtcOffset() => _time.GetUtcNow().UtcTicks - (Stopwatch.GetTimestamp() / TicksPerSpanTick);

    // Cancelling resumes the task that waits, possibly right here: never under the lock.
    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) == 1) return;
        var now = Now;
        Volatile.Write(ref _lastTick, now);
        Volatile.Write(ref _utcOffset, UtcOffset());
        lock (_lock)
        {
            for (var i = 0; i < _count; i++)
            {
                if (_connections[i]!.IsDue(now)) _overdue.Add(_connections[i]!);
            }
        }

        foreach (var connection in _overdue) connection.Expire(now);
        _overdue.Clear();
        Volatile.Write(ref _ticking, 0);
    }
}
