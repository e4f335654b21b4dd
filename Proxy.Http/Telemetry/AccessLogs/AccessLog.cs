using System.Buffers;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

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
    private readonly IAccessLogFormat _format;

    /// <summary>A log of the seed's lines into a sink.</summary>
    internal AccessLog(ILogSink sink, LogBounds bounds, TimeProvider time, ErrorLog? errors)
    {
        _format = new AccessLogLine(time.LocalTimeZone);
        _writer = new LogWriter(sink, bounds, time, new LogNotices(errors, _format.DropNotice.ToArray()));
    }

    private AccessLog(IAccessLogFormat format, LogWriter? writer) => (_format, _writer) = (format, writer);

    /// <summary>The log that is not kept.</summary>
    public static AccessLog None { get; } = new(new AccessLogLine(TimeZoneInfo.Utc), null);

    /// <summary>Whether lines go anywhere, so that it is worth filling an entry.</summary>
    public bool IsKept => _writer is not null;

    /// <summary>Whether <see cref="AccessLogEntry.Extended"/> is written, so that it is worth filling.</summary>
    public bool IsExtended => _format.IsExtended;

    /// <summary>Entries that were not and will not be written.</summary>
    public long Dropped => _writer?.Queue.Dropped ?? 0;

    /// <summary>Writes to the destination, and reopenings of it, that failed.</summary>
    public long Failures => _writer?.Failures ?? 0;

    /// <summary>Opens the log. An <see cref="IOException"/> names the file it failed for and the reason.</summary>
    /// <param name="settings">Where it goes and what it looks like.</param>
    /// <param name="standardOutput">Where <c>stdout</c> leads; it is not closed.</param>
    /// <param name="errors">Is told, at most once a minute, that lines cannot be written.</param>
    /// <param name="time">Gives the zone of the times in the lines.</param>
    public static AccessLog Open(
        AccessLogSettings settings, Stream standardOutput, ErrorLog errors, TimeProvider time)
    {
        var sink = LogSinks.Open("access log", settings.Destination, standardOutput, time);
        if (sink is null) return None;
        IAccessLogFormat format = settings.Format == AccessLogFormat.Json
            ? new AccessLogJson()
            : new AccessLogLine(time.LocalTimeZone);
        var notices = new LogNotices(errors, format.DropNotice.ToArray());
        return new AccessLog(format, new LogWriter(sink, new LogBounds(QueueLinesMax, QueueBytesMax), time, notices));
    }

    /// <summary>Logs one exchange. Any thread may call it, at any time, also after <see cref="Stop"/>.</summary>
    public void Write(in AccessLogEntry entry)
    {
        if (_writer is null) return;
        var room = ArrayPool<byte>.Shared.Rent(_format.Room(entry));
        _writer.Queue.Append(room.AsSpan(0, _format.Write(entry, room)));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>
    /// Goes on in the file that now has the log's name, with the lines that wait too. The log's thread does it, at
    /// once; if it fails the old file stays in use and the error log has a line. Returns what was done, in words, after
    /// at most <paramref name="wait"/>; null where there is nothing to reopen.
    /// </summary>
    public async Task<string?> ReopenAsync(TimeSpan wait)
    {
        if (_writer is not { CanReopen: true } writer) return null;
        try
        {
            return await writer.ReopenAsync().WaitAsync(wait) ?? $"{writer.Name} reopened";
        }
        catch (TimeoutException)
        {
            return $"{writer.Name} is not reopened yet: its writer is blocked";
        }
    }

    /// <summary>Writes what waits and closes; false when it took longer than <paramref name="wait"/>.</summary>
    public bool Stop(TimeSpan wait) => _writer?.Stop(wait) ?? true;
}
