using System.Buffers;
using System.Globalization;

namespace Proxy.Core.Telemetry;

/// <summary>
/// What went wrong, a line each, on standard error. Standard error may be a pipe nobody reads: lines wait in memory for
/// a thread of their own and are dropped and counted when there are too many.
/// </summary>
public sealed class ErrorLog
{
    /// <summary>Lines that may be in memory, as in the seed.</summary>
    public const int QueueLinesMax = 10_000;

    /// <summary>Bytes that may wait in memory, and as many again may be in the middle of being written.</summary>
    public const int QueueBytesMax = 1024 * 1024;

    private readonly LogWriter _writer;
    private readonly TimeProvider _time;

    /// <summary>A log on <paramref name="standardError"/>, which is not closed.</summary>
    public ErrorLog(Stream standardError, TimeProvider time)
        : this(new StreamLogSink("error log", standardError), new LogBounds(QueueLinesMax, QueueBytesMax), time)
    {
    }

    /// <summary>A log into any sink.</summary>
    internal ErrorLog(ILogSink sink, LogBounds bounds, TimeProvider time)
    {
        _time = time;
        _writer = new LogWriter(sink, bounds, time, errors: null);
    }

    /// <summary>Lines that were not and will not be written.</summary>
    public long Dropped => _writer.Queue.Dropped;

    /// <summary>A failed request: <c>ERROR in HOST -> BACKEND - PATH - RIDHEADER:RID - TEXT</c>.</summary>
    public void Write(in RequestError error)
    {
        var room = ArrayPool<byte>.Shared.Rent(Room(error));
        var line = new LogLine(room);
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
        line.Field(error.Text);
        line.Text("\n"u8);
        _writer.Queue.Append(room.AsSpan(0, line.Length));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Anything else an operator should know: <c>2006/01/02 15:04:05 message</c>, local time.</summary>
    public void Write(string message)
    {
        var room = ArrayPool<byte>.Shared.Rent(LogLine.FixedRoom + LogLine.TextRoom(message.Length));
        var line = new LogLine(room);
        line.Message(_time.GetLocalNow().ToString("yyyy/MM/dd HH:mm:ss ", CultureInfo.InvariantCulture));
        line.Message(message);
        line.Text("\n"u8);
        _writer.Queue.Append(room.AsSpan(0, line.Length));
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Writes what waits; false when it took longer than <paramref name="wait"/>.</summary>
    public bool Stop(TimeSpan wait) => _writer.Stop(wait);

    private static int Room(in RequestError error) => LogLine.FixedRoom
        + LogLine.FieldRoom(error.Host.Length) + LogLine.TextRoom(error.Backend.Length)
        + LogLine.FieldRoom(error.Path.Length) + LogLine.FieldRoom(error.RequestIdHeader.Length)
        + LogLine.FieldRoom(error.RequestId.Length) + LogLine.TextRoom(error.Text.Length);
}
