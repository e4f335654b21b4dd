using System.Globalization;
using System.Text;
using Proxy.Core.Telemetry;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// Writes an entry as one JSON object: the same members in the same order in every line, times in UTC and in seconds.
/// </summary>
internal sealed class AccessLogJson : IAccessLogFormat
{
    private const int Texts = 16;

    /// <summary>No line is longer than this.</summary>
    public static readonly int LineBytesMax = JsonLine.FixedRoom + Texts * JsonLine.TextRoom(LogLine.FieldBytesMax);

    private readonly PerSecondText _second = new(FormatSecond);

    /// <inheritdoc/>
    public bool IsExtended => true;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DropNotice =>
        "{\"notice\":\"Dropping log messages to due to full channel buffer.\"}\n"u8;

    /// <inheritdoc/>
    public int Room(in AccessLogEntry entry)
    {
        var more = entry.Extended;
        return JsonLine.FixedRoom
            + JsonLine.TextRoom(entry.Client.Length) + JsonLine.TextRoom(entry.Method.Length)
            + JsonLine.TextRoom(entry.Path.Length) + JsonLine.TextRoom(entry.Protocol.Length)
            + JsonLine.TextRoom(entry.Referer.Length) + JsonLine.TextRoom(entry.UserAgent.Length)
            + JsonLine.TextRoom(entry.RequestId.Length) + JsonLine.TextRoom(entry.Frontend.Length)
            + JsonLine.TextRoom(entry.ForwardedFor.Length) + JsonLine.TextRoom(more.Host.Length)
            + JsonLine.TextRoom(more.Query.Length) + JsonLine.TextRoom(more.TraceId.Length)
            + JsonLine.TextRoom(more.Backend.Length) + JsonLine.TextRoom(more.Upgrade.Length)
            + JsonLine.TextRoom(more.Outcome.Length) + JsonLine.TextRoom(more.TlsVersion.Length);
    }

    /// <inheritdoc/>
    public int Write(in AccessLogEntry entry, Span<byte> room)
    {
        var line = new JsonLine(room);
        line.Raw("{\"time\":\""u8);
        WriteTime(ref line, entry.Time);
        WriteRequest(ref line, entry);
        WriteAnswer(ref line, entry);
        line.Raw("}\n"u8);
        return line.Length;
    }

    private static void WriteRequest(ref JsonLine line, in AccessLogEntry entry)
    {
        var more = entry.Extended;
        var figures = more.Numbers;
        line.Text(",\"host\":"u8, more.Host);
        line.Text(",\"route\":"u8, entry.Frontend);
        line.Text(",\"client\":"u8, entry.Client);
        line.Number(",\"client_port\":"u8, figures.ClientPort);
        line.Text(",\"method\":"u8, entry.Method);
        line.Text(",\"path\":"u8, entry.Path);
        line.Text(",\"query\":"u8, more.Query);
        line.Text(",\"protocol\":"u8, entry.Protocol);
        line.Raw(figures.IsTls ? ",\"scheme\":\"https\""u8 : ",\"scheme\":\"http\""u8);
        line.Number(",\"status\":"u8, entry.Status);
        line.Number(",\"bytes_in\":"u8, figures.BytesIn);
        line.Number(",\"bytes_out\":"u8, entry.BodyBytes);
        line.Text(",\"referer\":"u8, entry.Referer);
        line.Text(",\"user_agent\":"u8, entry.UserAgent);
        line.Text(",\"request_id\":"u8, entry.RequestId);
        line.Text(",\"trace_id\":"u8, more.TraceId);
        line.Text(",\"x_forwarded_for\":"u8, entry.ForwardedFor);
    }

    private static void WriteAnswer(ref JsonLine line, in AccessLogEntry entry)
    {
        var more = entry.Extended;
        var figures = more.Numbers;
        line.Text(",\"backend\":"u8, more.Backend);
        line.Number(",\"attempts\":"u8, figures.Attempts);
        line.Flag(",\"reused\":"u8, figures.IsReused);
        line.Seconds(",\"duration\":"u8, entry.Total);
        line.Seconds(",\"backend_connect\":"u8, figures.Connect);
        line.Seconds(",\"backend_first_byte\":"u8, entry.Backend);
        line.Seconds(",\"overhead\":"u8, figures.Overhead);
        line.Text(",\"upgrade\":"u8, more.Upgrade);
        line.Text(",\"outcome\":"u8, more.Outcome);
        line.Text(",\"tls_version\":"u8, more.TlsVersion);
        line.Flag(",\"tls_resumed\":"u8, figures.IsTlsResumed);
    }

    // RFC 3339, with microseconds.
    private void WriteTime(ref JsonLine line, DateTimeOffset time)
    {
        line.Raw(_second.At(time));
        line.Digits(time.UtcTicks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond, "D6");
        line.Raw("Z\""u8);
    }

    private static byte[] FormatSecond(DateTimeOffset time) => Encoding.ASCII.GetBytes(
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.", CultureInfo.InvariantCulture));
}
