using System.Collections.Concurrent;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// The thread that moves lines from a queue to a sink. A sink that fails is tried again and again, while the queue
/// fills up and then drops lines; it is given up only when the log is stopped.
/// </summary>
internal sealed class LogWriter
{
    /// <summary>The default of <see cref="LogBounds.RetryMilliseconds"/>.</summary>
    public const int RetryMilliseconds = 1000;

    /// <summary>How often a sink is checked for having moved, as a file does that was renamed or removed.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DropReportPeriod = TimeSpan.FromMinutes(1);

    private readonly ILogSink _sink;
    private readonly LogNotices _notices;
    private readonly RateLimiter _dropNotices;
    private readonly RateLimiter _dropReports;
    private readonly RateLimiter _moveChecks;
    private readonly int _retryMilliseconds;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<TaskCompletionSource<string?>> _reopenings = new();
    private long _droppedNoticed;
    private long _droppedReported;
    private long _failures;

    /// <summary>Starts the thread, which closes the sink at the end.</summary>
    public LogWriter(ILogSink sink, LogBounds bounds, TimeProvider time, LogNotices notices)
    {
        _sink = sink;
        _notices = notices;
        _dropNotices = new RateLimiter(time, DropReportPeriod);
        _dropReports = new RateLimiter(time, DropReportPeriod);
        _moveChecks = new RateLimiter(time, CheckPeriod);
        _retryMilliseconds = bounds.RetryMilliseconds;
        Queue = new LogQueue(bounds);
        _thread = new Thread(Run) { IsBackground = true, Name = sink.Name };
        _thread.Start();
    }

    /// <summary>The queue of the thread.</summary>
    public LogQueue Queue { get; }

    /// <summary>Failed writes and failed reopenings.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The sink's name, in messages.</summary>
    public string Name => _sink.Name;

    /// <summary>Whether the sink can be reopened.</summary>
    public bool CanReopen => _sink.CanReopen;

    /// <summary>
    /// Reopens the sink as soon as the thread gets to it, which a blocked sink may prevent. Returns why that failed, or
    /// null.
    /// </summary>
    public Task<string?> ReopenAsync()
    {
        var reopening = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reopenings.Enqueue(reopening);
        Queue.Reopen();
        return reopening.Task;
    }

    /// <summary>
    /// Writes what there is and closes the sink. Returns false if that takes longer than <paramref name="wait"/>; the
    /// thread then continues in the background.
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
            if (Deliver(lines.Span) is var dropped and > 0) Queue.Drop(dropped);
            else ReportDrops();
        }
        LogDrops(isLast: true);
        Close();
    }

    // Returns how many lines were dropped.
    private int Deliver(ReadOnlySpan<byte> lines)
    {
        var sent = 0;
        while (sent < lines.Length)
        {
            if (_moveChecks.IsDue() && _sink.HasMoved && Reopen() is null) sent = EndOfLastLine(lines[..sent]);
            var taken = Write(lines[sent..]);
            sent += taken;
            if (taken > 0) continue;
            if (Queue.TakeReopening())
            {
                if (ReopenOnRequest()) sent = EndOfLastLine(lines[..sent]);
                continue;
            }
            LogDrops(isLast: false);
            if (Queue.IsStopping) return lines[sent..].Count((byte)'\n');
            Queue.Pause(_retryMilliseconds);
        }
        return 0;
    }

    // A line of which the old file has only a part is written as a whole into the new one.
    private static int EndOfLastLine(ReadOnlySpan<byte> sent) => sent.LastIndexOf((byte)'\n') + 1;

    private int Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            return _sink.Write(lines);
        }
        catch (Exception reason)    // of any kind: requests are served even without a log
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

    // Returns why it failed, or null.
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
            var fault = $"{reason.Message}; keeping the old file";
            _notices.Errors?.Write(fault);
            return fault;
        }
    }

    private void ReportDrops()
    {
        LogDrops(isLast: false);
        if (Queue.Dropped == _droppedNoticed || !_dropNotices.IsDue()) return;
        _droppedNoticed = Queue.Dropped;
        Deliver(_notices.OfDrops);
    }

    private void LogDrops(bool isLast)
    {
        var dropped = Queue.Dropped;
        if (dropped == _droppedReported || !(isLast || _dropReports.IsDue())) return;
        _notices.Errors?.Write($"{_sink.Name}: {dropped - _droppedReported} lines were dropped");
        _droppedReported = dropped;
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

/// <summary>Where a log reports its own failures.</summary>
/// <param name="Errors">The error log; null for the error log itself.</param>
/// <param name="OfDrops">The line in the log itself that reports dropped lines.</param>
internal sealed record LogNotices(ErrorLog? Errors, byte[] OfDrops)
{
    /// <summary>The Go planb's words (sic).</summary>
    public static ReadOnlySpan<byte> DefaultDropNotice => "Dropping log messages to due to full channel buffer.\n"u8;
}
