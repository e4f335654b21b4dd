using System.Globalization;
using System.Text;
using Proxy.Core.Telemetry;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// The Go planb's line format, which extends Hipache's, in UTF-8. Any thread may use it; it allocates only the text of
/// the time, once a second.
/// </summary>
internal sealed class AccessLogLine : IAccessLogFormat
{
    private const int Fields = 10;

    /// <summary>Maximum length of a line in bytes.</summary>
    public const int LineBytesMax = LogLine.FixedRoom + Fields * (4 * LogLine.FieldBytesMax + 3);

    private readonly PerSecondText _second;

    /// <param name="zone">The zone whose local time is written.</param>
    public AccessLogLine(TimeZoneInfo zone) => _second = new PerSecondText(time => FormatSecond(time, zone));

    /// <inheritdoc/>
    public bool IsExtended => false;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DropNotice => LogNotices.DefaultDropNotice;

    /// <summary>Returns an upper bound in bytes for the entry's line.</summary>
    public static int Room(in AccessLogEntry entry) => LogLine.FixedRoom
        + LogLine.FieldRoom(entry.Client.Length) + LogLine.FieldRoom(entry.Method.Length)
        + LogLine.FieldRoom(entry.Path.Length) + LogLine.FieldRoom(entry.Protocol.Length)
        + LogLine.FieldRoom(entry.Referer.Length) + LogLine.FieldRoom(entry.UserAgent.Length)
        + LogLine.FieldRoom(entry.RequestIdHeader.Length) + LogLine.FieldRoom(entry.RequestId.Length)
        + LogLine.FieldRoom(entry.Frontend.Length) + LogLine.FieldRoom(entry.ForwardedFor.Length);

    /// <inheritdoc/>
    int IAccessLogFormat.Room(in AccessLogEntry entry) => Room(entry);

    /// <inheritdoc/>
    public int Write(in AccessLogEntry entry, Span<byte> room)
    {
        var line = new LogLine(room);
        line.Address(entry.Client);
        line.Text(" - - ["u8);
        line.Text(_second.At(entry.Time));
        line.Text("] \""u8);
        line.Field(entry.Method);
        line.Text(" "u8);
        line.Field(entry.Path);
        line.Text(" "u8);
        line.Field(entry.Protocol);
        line.Text("\" "u8);
        line.Number(entry.Status);
        line.Text(" "u8);
        line.Number(entry.BodyBytes);
        line.Text(" \""u8);
        line.Field(entry.Referer);
        line.Text("\" \""u8);
        line.Field(entry.UserAgent);
        line.Text("\" \""u8);
        line.Field(entry.RequestIdHeader);
        line.Text(":"u8);
        line.Field(entry.RequestId);
        line.Text("\" \""u8);
        line.Field(entry.Frontend);
        line.Text("\" \""u8);
        line.Field(entry.ForwardedFor);
        line.Text("\" "u8);
        line.Seconds(entry.Total);
        line.Text(" "u8);
        line.Seconds(entry.Backend);
        line.Text("\n"u8);
        return line.Length;
    }

    // The default time is not converted: it may lie outside the valid range of the zone.
    private static byte[] FormatSecond(DateTimeOffset time, TimeZoneInfo zone)
    {
        var local = time == default ? time : TimeZoneInfo.ConvertTime(time, zone);
        var text = local.ToString("dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(text.Remove(text.LastIndexOf(':'), 1));
    }
}
