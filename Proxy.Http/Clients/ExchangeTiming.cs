using System.Diagnostics;
using Proxy.Core;

namespace Proxy.Http.Clients;

/// <summary>
/// When an exchange began and ended, and how long it waited for backends. Times are the event loop's.
/// </summary>
internal sealed class ExchangeTiming
{
    private long _waited;
    private long _waitsSince;
    private long _forwardedAt;
    private long _endedAt;
    private long _restartedAt;

    /// <summary>
    /// Whether the proxy's own time is reported somewhere. The time of a turn is too coarse for it: two more readings
    /// of the clock.
    /// </summary>
    public bool IsOwnTimeRead { get; set; }

    /// <summary>When the request head had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Since when a backend's time for its answer counts, in <see cref="Stopwatch"/> ticks.</summary>
    public long AnswerTimeFrom => _restartedAt == 0 ? StartedAt : _restartedAt;

    /// <summary>When a backend was chosen to be sent the request, in <see cref="Stopwatch"/> ticks.</summary>
    public long BackendRequestedAt { get; set; }

    /// <summary>From the choice of a backend to the head of its response; zero when there was none.</summary>
    public TimeSpan BackendTime { get; private set; }

    /// <summary>Connecting to backends, all attempts together.</summary>
    public TimeSpan ConnectTime { get; private set; }

    /// <summary>From the request's head to the end of the exchange, or until now.</summary>
    public TimeSpan TotalTime => Stopwatch.GetElapsedTime(StartedAt, _endedAt == 0 ? TurnClock.Now : _endedAt);

    /// <summary>
    /// How much of it was the proxy's own: until the response's head, and what came with it, was on its way to the
    /// client, without waits for the backend. Null when no response was forwarded.
    /// </summary>
    public TimeSpan? OwnTime => _forwardedAt == 0 ? null : Stopwatch.GetElapsedTime(StartedAt + _waited, _forwardedAt);

    /// <summary>Waits for the backend, for being connected and for the head of its response.</summary>
    public TimeSpan WaitedTime => Stopwatch.GetElapsedTime(0, _waited);

    private long FineNow => IsOwnTimeRead ? Stopwatch.GetTimestamp() : TurnClock.Now;

    /// <summary>Begins again: the first bytes of a request are there.</summary>
    public void Begin()
    {
        StartedAt = TurnClock.Now;
        (BackendTime, ConnectTime) = (default, default);
        (_waited, _waitsSince, _forwardedAt, _endedAt, _restartedAt) = (0, 0, 0, 0, 0);
    }

    /// <summary>Starts now: the head is complete only now, and the client's slowness does not count.</summary>
    public void StartNow() => StartedAt = TurnClock.Now;

    /// <summary>Counts the backend's time from now: the request is sent again.</summary>
    public void RestartAnswerTime() => _restartedAt = TurnClock.Now;

    /// <summary>Begins the wait for the backend's response.</summary>
    public void BeginWait() => _waitsSince = FineNow;

    /// <summary>Ends the wait: the backend has answered, or will not. A second call does nothing.</summary>
    public void EndWait()
    {
        if (_waitsSince == 0) return;
        var now = TurnClock.Now;
        BackendTime = Stopwatch.GetElapsedTime(BackendRequestedAt, now);

        // What was there in the turn in which the request was sent was not waited for.
        _waited += Math.Max(0, now - _waitsSince);
        _waitsSince = 0;
    }

    /// <summary>Adds the ticks that connecting to a backend took, successful or not.</summary>
    public void AddConnectTime(long ticks)
    {
        _waited += ticks;
        ConnectTime += Stopwatch.GetElapsedTime(0, ticks);
    }

    /// <summary>The response's head has been forwarded, and everything after it if <paramref name="isOver"/>.</summary>
    public void OnHeadForwarded(bool isOver)
    {
        _forwardedAt = FineNow;
        if (isOver) _endedAt = _forwardedAt;
    }

    /// <summary>Ends the exchange's time, if it has not ended.</summary>
    public void Finish()
    {
        if (_endedAt == 0) _endedAt = TurnClock.Now;
    }
}
