using System.Collections.Concurrent;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// The thread that takes lines from a queue to a sink. A sink that fails is tried again and again, while the queue
/// fills and then drops; only when the log is stopped is it given up.
/// </summary>
internal sealed class LogWriter
{
    /// <summary>The default of <see cref="LogBounds.RetryMilliseconds"/>.</summary>
    public const int RetryMilliseconds = 1000;

    /// <summary>How often the sink is asked whether it has moved, as a file does that was renamed or removed.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DropReportPeriod = TimeSpan.FromMinutes(1);

    private readonly ILogSink _sink;
    private readonly LogNotices _notices;
    private readonly RateLimiter _dropNotices;
    private readonly RateLimiter _complaints;
    private readonly RateLimiter _looks;
    private readonly int _retryMilliseconds;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<TaskCompletionSource<string?>> _reopenings = new();
    private long _droppedTold;
    private long _droppedComplained;
    private long _failures;

    /// <summary>Starts the thread, which closes the sink in the end.</summary>
    public LogWriter(ILogSink sink, LogBounds bounds, TimeProvider time, LogNotices notices)
    {
        _sink = sink;
        _notices = notices;
        _dropNotices = new RateLimiter(time, DropReportPeriod);
        _complaints = new RateLimiter(time, DropReportPeriod);
        _looks = new RateLimiter(time, CheckPeriod);
        _retryMilliseconds = bounds.RetryMilliseconds;
        Queue = new LogQueue(bounds);
        _thread = new Thread(Run) { IsBackground = true, Name = sink.Name };
        _thread.Start();
    }

    /// <summary>Where lines are left for the thread.</summary>
    public LogQueue Queue { get; }

    /// <summary>Writes and reopenings that failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The sink's name, in messages.</summary>
    public string Name => _sink.Name;

    /// <summary>Whether the sink can be reopened.</summary>
    public bool CanReopen => _sink.CanReopen;

    /// <summary>
    /// Reopens the sink as soon as the thread comes to it, which a blocked sink may prevent. Returns why that failed,
    /// null when it did not.
    /// </summary>
    public Task<string?> ReopenAsync()
    {
        var reopening = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reopenings.Enqueue(reopening);
        Queue.Reopen();
        return reopening.Task;
    }

    /// <summary>
    /// Writes what there is and closes the sink. False when that takes longer than <paramref name="wait"/>; it goes on
    /// behind then.
    /// </summary>
    public bool Stop(TimeSpan wait)
    {
        Queue.Stop();
        return _thread.Join(wait);
    }

    private void Run()
    {
        while (Queue.Take(out var lines))
        {
            if (Queue.TakeReopening()) ReopenOnRequest();
            if (Deliver(lines.Span) is var lost and > 0) Queue.Drop(lost);
            else ReportDrops();
        }
        ComplainOfDrops(isLast: true);
        Close();
    }

    // Returns how many lines were given up.
    private int Deliver(ReadOnlySpan<byte> lines)
    {
        var sent = 0;
        while (sent < lines.Length)
        {
            if (_looks.IsDue() && _sink.HasMoved && Reopen() is null) sent = EndOfLastLine(lines[..sent]);
            var taken = Write(lines[sent..]);
            sent += taken;
            if (taken > 0) continue;
            if (Queue.TakeReopening())
            {
                if (ReopenOnRequest()) sent = EndOfLastLine(lines[..sent]);
                continue;
            }
            ComplainOfDrops(isLast: false);
            if (Queue.IsStopping) return lines[sent..].Count((byte)'\n');
            Queue.Pause(_retryMilliseconds);
        }
        return 0;
    }

    // A line the old file has only half of is written whole into the new one.
    private static int EndOfLastLine(ReadOnlySpan<byte> sent) => sent.LastIndexOf((byte)'\n') + 1;

    private int Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            return _sink.Write(lines);
        }
        catch (Exception reason)    // whatever a sink throws, traffic goes on
        {
            Interlocked.Increment(ref _failures);
            _notices.Errors?.Write($"cannot write {_sink.Name}: {reason.Message}");
            return 0;
        }
    }

    private bool ReopenOnRequest()
    {
        var fault = Reopen();
        while (_reopenings.TryDequeue(out var reopening)) reopening.SetResult(fault);
        return fault is null;
    }

    // Returns why it failed; null when it did not.
    private string? Reopen()
    {
        try
        {
            _sink.Reopen();
            return null;
        }
        catch (IOException reason)
        {
            Interlocked.Increment(ref _failures);
            var fault = $"{reason.Message}; the old one stays in use";
            _notices.Errors?.Write(fault);
            return fault;
        }
    }

    private void ReportDrops()
    {
        ComplainOfDrops(isLast: false);
        if (Queue.Dropped == _droppedTold || !_dropNotices.IsDue()) return;
        _droppedTold = Queue.Dropped;
        Deliver(_notices.OfDrops);
    }

    private void ComplainOfDrops(bool isLast)
    {
        var dropped = Queue.Dropped;
        if (dropped == _droppedComplained || !(isLast || _complaints.IsDue())) return;
        _notices.Errors?.Write($"{_sink.Name}: {dropped - _droppedComplained} lines were dropped");
        _droppedComplained = dropped;
    }

    private void Close()
    {
        try
        {
            _sink.Dispose();
        }
        catch (IOException reason)
        {
            _notices.Errors?.Write($"cannot close {_sink.Name}: {reason.Message}");
        }
    }
}
