namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// Lines that wait in memory for the one thread that writes them. Appending costs a copy; what does not fit is dropped
/// and counted. The writer is woken by the first line after a pause, and then not before
/// <see cref="GatherMilliseconds"/> have passed or the queue is half full: a busy log costs no system call per line.
/// </summary>
internal sealed class LogQueue
{
    /// <summary>The longest a line waits for further lines.</summary>
    public const int GatherMilliseconds = 20;

    private readonly LogBounds _bounds;
    private readonly object _gate = new();    // guards everything below; a monitor, because the writer waits on it
    private byte[] _waiting;
    private byte[] _writing;
    private int _waitingBytes;
    private int _waitingLines;
    private int _writingLines;
    private WaitKind _rest;
    private bool _isReopening;
    private bool _isStopping;
    private long _dropped;

    /// <summary>Creates an empty queue.</summary>
    public LogQueue(LogBounds bounds)
    {
        _bounds = bounds;
        _waiting = GC.AllocateUninitializedArray<byte>(bounds.Bytes);    // the system commits only pages in use
        _writing = GC.AllocateUninitializedArray<byte>(bounds.Bytes);
    }

    /// <summary>What the writer waits for, which decides whether a line must wake it.</summary>
    private enum WaitKind
    {
        None,
        UntilLine,
        UntilPressed,
    }

    /// <summary>Lines that were not and will not be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Whether no more lines are accepted.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    // The writer starts at half full: the other half fills while it works.
    private bool IsPressed => _isStopping || _isReopening
        || 2L * _waitingBytes >= _bounds.Bytes || 2L * _waitingLines >= _bounds.Lines;

    /// <summary>Queues one line, with its newline, or drops it.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_isStopping || _waitingLines + _writingLines >= _bounds.Lines
                || line.Length > _bounds.Bytes - _waitingBytes)
            {
                Drop(1);
                return;
            }
            line.CopyTo(_waiting.AsSpan(_waitingBytes));
            _waitingBytes += line.Length;
            _waitingLines++;
            if (_rest is WaitKind.UntilLine || (_rest is WaitKind.UntilPressed && IsPressed)) Wake();
        }
    }

    /// <summary>Counts lost lines.</summary>
    public void Drop(int lines) => Interlocked.Add(ref _dropped, lines);

    /// <summary>Requests the writer to reopen its sink before it writes anything more.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            _isReopening = true;
            Wake();
        }
    }

    /// <summary>Accepts no more lines; the writer writes what there is.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            Wake();
        }
    }

    /// <summary>
    /// Waits for lines, or for a request to reopen, and returns all lines; they stay valid until the next call. Returns
    /// false when the queue is stopped and empty.
    /// </summary>
    public bool Take(out ReadOnlyMemory<byte> lines)
    {
        lock (_gate)
        {
            _writingLines = 0;
            if (!IsPressed) Wait(WaitKind.UntilPressed, GatherMilliseconds);
            while (_waitingLines == 0 && !IsPressed) Wait(WaitKind.UntilLine, Timeout.Infinite);

            lines = _waiting.AsMemory(0, _waitingBytes);
            (_waiting, _writing) = (_writing, _waiting);
            _writingLines = _waitingLines;
            _waitingBytes = _waitingLines = 0;
            return _writingLines > 0 || !_isStopping;
        }
    }

    /// <summary>Returns whether reopening was requested, and clears the request.</summary>
    public bool TakeReopening()
    {
        lock (_gate)
        {
            var isReopening = _isReopening;
            _isReopening = false;
            return isReopening;
        }
    }

    /// <summary>Waits until the time is over, the queue is stopped or reopening is requested.</summary>
    public void Pause(int milliseconds)
    {
        lock (_gate)
        {
            if (!_isStopping && !_isReopening) Wait(WaitKind.None, milliseconds);
        }
    }

    private void Wait(WaitKind rest, int milliseconds)
    {
        _rest = rest;
        Monitor.Wait(_gate, milliseconds);
        _rest = WaitKind.None;
    }

    private void Wake()
    {
        _rest = WaitKind.None;    // one wake-up is enough, however many lines follow
        Monitor.Pulse(_gate);
    }
}

/// <summary>The bounds of a log's memory: what waits, and as many bytes again of what is being written.</summary>
/// <param name="Lines">Lines that wait or are being written.</param>
/// <param name="Bytes">Bytes that wait.</param>
internal sealed record LogBounds(int Lines, int Bytes)
{
    /// <summary>The pause after a failed write.</summary>
    public int RetryMilliseconds { get; init; } = LogWriter.RetryMilliseconds;
}
