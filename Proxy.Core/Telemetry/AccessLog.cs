using System.Buffers;

namespace Proxy.Core.Telemetry;

/// <summary>
/// One line for every exchange. Writing one never waits for a disk, never fails and allocates nothing: lines are left
/// in memory for a thread of the log's own, and dropped and counted when that cannot keep up.
/// </summary>
public sealed class AccessLog
{
    /// <summary>Lines that may be in memory, as in the seed.</summary>
    public const int QueueLinesMax = 10_000;

    /// <summary>Bytes that may wait in memory, and as many again may be in the middle of being written.</summary>
    public const int QueueBytesMax = 4 * 1024 * 1024;

    private readonly LogWriter? _writer;
    private readonly AccessLogLine _line;

    /// <summary>A log into <paramref name="sink"/>, or into nothing.</summary>
    internal AccessLog(ILogSink? sink, LogBounds bounds, TimeProvider time, ErrorLog? errors)
    {
        _line = new AccessLogLine(time.LocalTimeZone);
        if (sink is not null) _writer = new LogWriter(sink, bounds, time, errors);
    }

    /// <summary>The log that is not kept.</summary>
    public static AccessLog None { get; } = new(null, new LogBounds(0, 0), TimeProvider.System, null);

    /// <summary>Whether lines go anywhere, so that it is worth filling an entry.</summary>
    public bool IsKept => _writer is not null;

    /// <summary>Entries that were not and will not be written.</summary>
    public long Dropped => _writer?.Queue.Dropped ?? 0;

    /// <summary>Writes to the destination, and reopenings of it, that failed.</summary>
    public long Failures => _writer?.Failures ?? 0;

    /// <summary>Opens the log. An <see cref="IOException"/> names the file it failed for and the reason.</summary>
    /// <param name="destination">A file's path, <c>stdout</c>, or <c>none</c>.</param>
    /// <param name="standardOutput">Where <c>stdout</c> leads; it is not closed.</param>
    /// <param name="errors">Is told, at most once a minute, that lines cannot be written.</param>
    /// <param name="time">Gives the zone of the times in the lines.</param>
    public static AccessLog Open(string destination, Stream standardOutput, ErrorLog errors, TimeProvider time)
    {
        var sink = LogSinks.Open("access log", destination, standardOutput);
        return sink is null ? None : new AccessLog(sink, new LogBounds(QueueLinesMax, QueueBytesMax), time, errors);
    }

    /// <summary>Logs one exchange. Any thread may call it, at any time, also after <see cref="Stop"/>.</summary>
    public void Write(in AccessLogEntry entry)
    {
        if (_writer is null) return;
        var room = ArrayPool<byte>.Shared.Rent(AccessLogLine.Room(entry));
        _writer.Queue.Append(room.AsSpan(0, _line.Write(entry, room)));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>
    /// Goes on in the file that now has the log's name, with the lines that wait too. The log's thread does it, at
    /// once; if it fails the old file stays in use and the error log tells it.
    /// </summary>
    public void Reopen() => _writer?.Queue.Reopen();

    /// <summary>Writes what waits and closes; false when it took longer than <paramref name="wait"/>.</summary>
    public bool Stop(TimeSpan wait) => _writer?.Stop(wait) ?? true;
}
