using System.Buffers;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// The access log, with one line per exchange. Writing never blocks, never fails and allocates nothing: lines are
/// queued in memory for the log's own thread, and are dropped and counted when that thread cannot keep up.
/// </summary>
public sealed class AccessLog
{
    /// <summary>Maximum number of queued lines, as in the Go planb.</summary>
    public const int QueueLinesMax = 10_000;

    /// <summary>Maximum number of queued bytes; as many again may be in the process of being written.</summary>
    public const int QueueBytesMax = 4 * 1024 * 1024;

    private readonly LogWriter? _writer;
    private readonly IAccessLogFormat _format;

    /// <summary>Creates a log that writes the Go planb's lines to a sink.</summary>
    internal AccessLog(ILogSink sink, LogBounds bounds, TimeProvider time, ErrorLog? errors)
    {
        _format = new AccessLogLine(time.LocalTimeZone);
        _writer = new LogWriter(sink, bounds, time, new LogNotices(errors, _format.DropNotice.ToArray()));
    }

    private AccessLog(IAccessLogFormat format, LogWriter? writer) => (_format, _writer) = (format, writer);

    /// <summary>The disabled access log.</summary>
    public static AccessLog None { get; } = new(new AccessLogLine(TimeZoneInfo.Utc), null);

    /// <summary>Whether entries are written, so that they have to be filled.</summary>
    public bool IsEnabled => _writer is not null;

    /// <summary>Whether <see cref="AccessLogEntry.Extended"/> is written, so that it has to be filled.</summary>
    public bool IsExtended => _format.IsExtended;

    /// <summary>Number of dropped entries.</summary>
    public long Dropped => _writer?.Queue.Dropped ?? 0;

    /// <summary>Number of failed writes and reopenings of the destination.</summary>
    public long Failures => _writer?.Failures ?? 0;

    /// <summary>Opens the log. An <see cref="IOException"/> names the file it failed for and the reason.</summary>
    /// <param name="settings">The destination and format of the log.</param>
    /// <param name="standardOutput">The stream for <c>stdout</c>; it is not closed.</param>
    /// <param name="errors">Receives a line, at most once a minute, when lines cannot be written.</param>
    /// <param name="time">Provides the local time zone of the lines.</param>
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

    /// <summary>Logs one exchange. May be called from any thread at any time, even after <see cref="Stop"/>.</summary>
    public void Write(in AccessLogEntry entry)
    {
        if (_writer is null) return;
        var room = ArrayPool<byte>.Shared.Rent(_format.Room(entry));
        _writer.Queue.Append(room.AsSpan(0, _format.Write(entry, room)));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>
    /// Reopens the log file by its name, for log rotation; queued lines go to the new file. If that fails, the old file
    /// stays in use and the failure is logged to the error log. Returns a message about the result after at most
    /// <paramref name="wait"/>; null when the destination cannot be reopened.
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

    /// <summary>
    /// Writes the queued lines and closes the log; returns false when that takes longer than <paramref name="wait"/>.
    /// </summary>
    public bool Stop(TimeSpan wait) => _writer?.Stop(wait) ?? true;
}
