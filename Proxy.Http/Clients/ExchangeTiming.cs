using System.Diagnostics;
using Proxy.Core;

namespace Proxy.Http.Clients;

/// <summary>
/// The start and end of an exchange, and how long it waited for backends. Times are those of the event loop's turns
/// (<see cref="TurnClock"/>).
/// </summary>
internal sealed class ExchangeTiming
{
    private long _waited;
    private long _waitsSince;
    private long _forwardedAt;
    private long _endedAt;
    private long _restartedAt;

    /// <summary>
    /// Whether a log or metric reports the proxy's own time. It needs two more readings of the clock per exchange,
    /// because the time of a turn is too coarse for it.
    /// </summary>
    public bool IsOwnTimeRead { get; set; }

    /// <summary>When the request head had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartedAt { get; private set; }

    /// <summary>When the backend's time limit for a response starts, in <see cref="Stopwatch"/> ticks.</summary>
    public long AnswerTimeFrom => _restartedAt == 0 ? StartedAt : _restartedAt;

    /// <summary>When the backend for the request was chosen, in <see cref="Stopwatch"/> ticks.</summary>
    public long BackendRequestedAt { get; set; }

    /// <summary>
    /// Time from the choice of the backend to its response head; zero when no backend was waited for.
    /// </summary>
    public TimeSpan BackendTime { get; private set; }

    /// <summary>Total time spent connecting to backends, over all attempts.</summary>
    public TimeSpan ConnectTime { get; private set; }

    /// <summary>Time from the request head to the end of the exchange, or until now.</summary>
    public TimeSpan TotalTime => Stopwatch.GetElapsedTime(StartedAt, _endedAt == 0 ? TurnClock.Now : _endedAt);

    /// <summary>
    /// The proxy's own share of <see cref="TotalTime"/>: until the response head, and the body bytes that arrived with
    /// it, were sent to the client, minus the waits for the backend. Null when no response was forwarded.
    /// </summary>
    public TimeSpan? OwnTime => _forwardedAt == 0 ? null : Stopwatch.GetElapsedTime(StartedAt + _waited, _forwardedAt);

    /// <summary>Time spent waiting for the backend: for the connection and for the response head.</summary>
    public TimeSpan WaitedTime => Stopwatch.GetElapsedTime(0, _waited);

    private long PreciseNow => IsOwnTimeRead ? Stopwatch.GetTimestamp() : TurnClock.Now;

    /// <summary>Resets all times when the first bytes of a request have arrived.</summary>
    public void Begin()
    {
        StartedAt = TurnClock.Now;
        (BackendTime, ConnectTime) = (default, default);
        (_waited, _waitsSince, _forwardedAt, _endedAt, _restartedAt) = (0, 0, 0, 0, 0);
    }

    /// <summary>
    /// Moves the start to now, when the head is complete, so that a slow client does not count.
    /// </summary>
    public void StartNow() => StartedAt = TurnClock.Now;

    /// <summary>Restarts the backend's time limit, because the request is sent again.</summary>
    public void RestartAnswerTime() => _restartedAt = TurnClock.Now;

    /// <summary>Starts the wait for the backend's response head.</summary>
    public void BeginWait() => _waitsSince = PreciseNow;

    /// <summary>Ends the wait, with or without a response. A second call does nothing.</summary>
    public void EndWait()
    {
        if (_waitsSince == 0) return;
        var now = TurnClock.Now;
        BackendTime = Stopwatch.GetElapsedTime(BackendRequestedAt, now);

        // A response that arrived in the same turn of the event loop was not waited for.
        _waited += Math.Max(0, now - _waitsSince);
        _waitsSince = 0;
    }

    /// <summary>Adds the <see cref="Stopwatch"/> ticks of one connect, successful or not.</summary>
    public void AddConnectTime(long ticks)
    {
        _waited += ticks;
        ConnectTime += Stopwatch.GetElapsedTime(0, ticks);
    }

    /// <summary>
    /// Records that the response head has been forwarded, and the whole body too if <paramref name="isOver"/>.
    /// </summary>
    public void OnHeadForwarded(bool isOver)
    {
        _forwardedAt = PreciseNow;
        if (isOver) _endedAt = _forwardedAt;
    }

    /// <summary>Sets the end of the exchange, unless it is set.</summary>
    public void Finish()
    {
        if (_endedAt == 0) _endedAt = TurnClock.Now;
    }
}
