using System.Buffers;
using System.Globalization;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// The error log, one line per error, on standard error. The first of several equal lines is written at once; repeats
/// are counted, and their number is written once a minute. Standard error may be a pipe without a reader: lines wait in
/// memory for a thread of their own, and are dropped and counted when there are too many.
/// </summary>
public sealed class ErrorLog
{
    /// <summary>The most lines in memory, as in the Go planb.</summary>
    public const int QueueLinesMax = 10_000;

    /// <summary>The most bytes that wait in memory; as many again may be in the middle of being written.</summary>
    public const int QueueBytesMax = 1024 * 1024;

    private static readonly TimeSpan RepeatCheckPeriod = TimeSpan.FromSeconds(5);

    private readonly LogWriter _writer;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();    // guards the repeats
    private readonly RepeatedLines _repeats;
    private readonly ITimer _timer;

    /// <summary>Creates a log on <paramref name="standardError"/>, which is not closed.</summary>
    public ErrorLog(Stream standardError, TimeProvider time)
        : this(new StreamLogSink("error log", standardError), new LogBounds(QueueLinesMax, QueueBytesMax), time)
    {
    }

    /// <summary>Creates a log into any sink.</summary>
    internal ErrorLog(ILogSink sink, LogBounds bounds, TimeProvider time)
    {
        _time = time;
        _repeats = new RepeatedLines(time, WriteNumber);
        var notices = new LogNotices(Errors: null, LogNotices.DefaultDropNotice.ToArray());
        _writer = new LogWriter(sink, bounds, time, notices);
        _timer = time.CreateTimer(
            static self => ((ErrorLog)self!).WriteRepeats(), this, RepeatCheckPeriod, RepeatCheckPeriod);
    }

    /// <summary>Lines that were not and will not be written, without repeats that were only counted.</summary>
    public long Dropped => _writer.Queue.Dropped;

    private string Stamp => _time.GetLocalNow().ToString("yyyy/MM/dd HH:mm:ss ", CultureInfo.InvariantCulture);

    /// <summary>
    /// Writes a failed request: <c>2006/01/02 15:04:05 ERROR in HOST -> BACKEND - PATH - RIDHEADER:RID - TEXT</c>,
    /// local time.
    /// </summary>
    public void Write(in RequestError error)
    {
        var room = ArrayPool<byte>.Shared.Rent(2 * Room(error));
        var line = new LogLine(room);
        line.Message(Stamp);
        var messageAt = line.Length;
        line.Text("ERROR in "u8);
        line.Field(error.Host);
        line.Text(" -> "u8);
        line.Field(error.Backend.IsEmpty ? "?" : error.Backend);
        line.Text(" - "u8);
        line.Field(error.Path);
        line.Text(" - "u8);
        line.Field(error.RequestIdHeader);
        line.Text(":"u8);
        line.Field(error.RequestId);
        line.Text(" - "u8);
        line.Message(error.Text);
        line.Text("\n"u8);

        // The same failure of the same host and backend is a repeat, whatever path was requested.
        var key = new LogLine(room.AsSpan(line.Length));
        key.Field(error.Host);
        key.Text("\n"u8);
        key.Field(error.Backend);
        key.Text("\n"u8);
        key.Field(error.Cause.IsEmpty ? error.Text : error.Cause);
        Append(room.AsSpan(line.Length, key.Length), room.AsSpan(0, line.Length), messageAt);
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Writes any other message for the operator: <c>2006/01/02 15:04:05 message</c>, local time.</summary>
    public void Write(string message)
    {
        var room = ArrayPool<byte>.Shared.Rent(LogLine.FixedRoom + LogLine.TextRoom(message.Length));
        var line = new LogLine(room);
        line.Message(Stamp);
        var messageAt = line.Length;
        line.Message(message);
        line.Text("\n"u8);
        Append(room.AsSpan(messageAt..line.Length), room.AsSpan(0, line.Length), messageAt);
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Writes the answer to an operator's request, however often it is repeated.</summary>
    public void Answer(string message)
    {
        var room = ArrayPool<byte>.Shared.Rent(LogLine.FixedRoom + LogLine.TextRoom(message.Length));
        var line = new LogLine(room);
        line.Message(Stamp);
        line.Message(message);
        line.Text("\n"u8);
        _writer.Queue.Append(room.AsSpan(0, line.Length));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Writes what is queued and counted; false if that took longer than <paramref name="wait"/>.</summary>
    public bool Stop(TimeSpan wait)
    {
        _timer.Dispose();
        lock (_lock) _repeats.WriteAll();
        return _writer.Stop(wait);
    }

    /// <summary>Writes the numbers of repeats whose minute is over; called by a timer.</summary>
    internal void WriteRepeats()
    {
        lock (_lock) _repeats.WriteDue();
    }

    private void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> line, int messageAt)
    {
        lock (_lock)
        {
            if (_repeats.IsRepeat(key, line[messageAt..^1])) return;
            _writer.Queue.Append(line);
        }
    }

    // LINE (and 17 more like it), with the current time.
    private void WriteNumber(byte[] text, long repeats)
    {
        var room = ArrayPool<byte>.Shared.Rent(LogLine.FixedRoom + text.Length);
        var line = new LogLine(room);
        line.Message(Stamp);
        line.Text(text);
        line.Text(" (and "u8);
        line.Number(repeats);
        line.Text(" more like it)\n"u8);
        _writer.Queue.Append(room.AsSpan(0, line.Length));
        ArrayPool<byte>.Shared.Return(room);
    }

    private static int Room(in RequestError error) => LogLine.FixedRoom
        + LogLine.FieldRoom(error.Host.Length) + LogLine.TextRoom(error.Backend.Length)
        + LogLine.FieldRoom(error.Path.Length) + LogLine.FieldRoom(error.RequestIdHeader.Length)
        + LogLine.FieldRoom(error.RequestId.Length)
        + LogLine.TextRoom(Math.Max(error.Text.Length, error.Cause.Length));
}
