namespace Proxy.Core.Telemetry;

/// <summary>
/// The thread that takes lines from a queue to a sink. A sink that fails is tried again and again, while the queue
/// fills and then drops; only when the log is stopped is it given up.
/// </summary>
internal sealed class LogWriter
{
    /// <summary>How long a sink that failed is left alone.</summary>
    public const int RetryMilliseconds = 1000;

    private readonly ILogSink _sink;
    private readonly ErrorLog? _errors;
    private readonly MinutePace _notices;
    private readonly MinutePace _complaints;
    private readonly Thread _thread;
    private long _droppedTold;
    private long _failures;

    /// <summary>Starts the thread, which closes the sink in the end. Failures are told to the error log.</summary>
    public LogWriter(ILogSink sink, LogBounds bounds, TimeProvider time, ErrorLog? errors)
    {
        _sink = sink;
        _errors = errors;
        _notices = new MinutePace(time);
        _complaints = new MinutePace(time);
        Queue = new LogQueue(bounds);
        _thread = new Thread(Run) { IsBackground = true, Name = sink.Name };
        _thread.Start();
    }

    /// <summary>What the lines notice when some before them were dropped (the seed's words).</summary>
    public static ReadOnlySpan<byte> DropNotice => "Dropping log messages to due to full channel buffer.\n"u8;

    /// <summary>Where lines are left for the thread.</summary>
    public LogQueue Queue { get; }

    /// <summary>Writes and reopenings that failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

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
            if (Queue.TakeReopening()) Reopen();
            if (Deliver(lines.Span) is var lost and > 0) Queue.Drop(lost);
            else TellDrops();
        }
        Close();
    }

    // Returns how many lines were given up.
    private int Deliver(ReadOnlySpan<byte> lines)
    {
        var sent = 0;
        while (sent < lines.Length)
        {
            var taken = Write(lines[sent..]);
            sent += taken;
            if (taken > 0) continue;
            if (Queue.TakeReopening())
            {
                // A line the old file has only half of is written whole into the new one.
                if (Reopen()) sent = lines[..sent].LastIndexOf((byte)'\n') + 1;
                continue;
            }
            if (Queue.IsStopping) return lines[sent..].Count((byte)'\n');
            Queue.Pause(RetryMilliseconds);
        }
        return 0;
    }

    private int Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            return _sink.Write(lines);
        }
        catch (Exception reason)    // whatever a sink throws, traffic goes on
        {
            Interlocked.Increment(ref _failures);
            if (_complaints.IsDue()) _errors?.Write($"cannot write {_sink.Name}: {reason.Message}");
            return 0;
        }
    }

    private bool Reopen()
    {
        try
        {
            _sink.Reopen();
            return true;
        }
        catch (IOException reason)
        {
            Interlocked.Increment(ref _failures);
            _errors?.Write($"{reason.Message}; the old one stays in use");
            return false;
        }
    }

    private void TellDrops()
    {
        if (Queue.Dropped == _droppedTold || !_notices.IsDue()) return;
        _droppedTold = Queue.Dropped;
        Deliver(DropNotice);
    }

    private void Close()
    {
        try
        {
            _sink.Dispose();
        }
        catch (IOException reason)
        {
            _errors?.Write($"cannot close {_sink.Name}: {reason.Message}");
        }
    }
}
