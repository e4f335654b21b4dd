using System.Globalization;
using System.Text;
using Proxy.Core.Telemetry;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// The JSON format: one object per entry, with the same members in the same order in every line, the time in UTC and
/// durations in seconds.
/// </summary>
internal sealed class AccessLogJson : IAccessLogFormat
{
    private const int Texts = 16;

    /// <summary>Maximum length of a line in bytes.</summary>
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
        var extended = entry.Extended;
        return JsonLine.FixedRoom
            + JsonLine.TextRoom(entry.Client.Length) + JsonLine.TextRoom(entry.Method.Length)
            + JsonLine.TextRoom(entry.Path.Length) + JsonLine.TextRoom(entry.Protocol.Length)
            + JsonLine.TextRoom(entry.Referer.Length) + JsonLine.TextRoom(entry.UserAgent.Length)
            + JsonLine.TextRoom(entry.RequestId.Length) + JsonLine.TextRoom(entry.Frontend.Length)
            + JsonLine.TextRoom(entry.ForwardedFor.Length) + JsonLine.TextRoom(extended.Host.Length)
            + JsonLine.TextRoom(extended.Query.Length) + JsonLine.TextRoom(extended.TraceId.Length)
            + JsonLine.TextRoom(extended.Backend.Length) + JsonLine.TextRoom(extended.Upgrade.Length)
            + JsonLine.TextRoom(extended.Outcome.Length) + JsonLine.TextRoom(extended.TlsVersion.Length);
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
        var extended = entry.Extended;
        var numbers = extended.Numbers;
        line.Text(",\"host\":"u8, extended.Host);
        line.Text(",\"route\":"u8, entry.Frontend);
        line.Text(",\"client\":"u8, entry.Client);
        line.Number(",\"client_port\":"u8, numbers.ClientPort);
        line.Text(",\"method\":"u8, entry.Method);
        line.Text(",\"path\":"u8, entry.Path);
        line.Text(",\"query\":"u8, extended.Query);
        line.Text(",\"protocol\":"u8, entry.Protocol);
        line.Raw(numbers.IsTls ? ",\"scheme\":\"https\""u8 : ",\"scheme\":\"http\""u8);
        line.Number(",\"status\":"u8, entry.Status);
        line.Number(",\"bytes_in\":"u8, numbers.BytesIn);
        line.Number(",\"bytes_out\":"u8, entry.BodyBytes);
        line.Text(",\"referer\":"u8, entry.Referer);
        line.Text(",\"user_agent\":"u8, entry.UserAgent);
        line.Text(",\"request_id\":"u8, entry.RequestId);
        line.Text(",\"trace_id\":"u8, extended.TraceId);
        line.Text(",\"x_forwarded_for\":"u8, entry.ForwardedFor);
    }

    private static void WriteAnswer(ref JsonLine line, in AccessLogEntry entry)
    {
        var extended = entry.Extended;
        var numbers = extended.Numbers;
        line.Text(",\"backend\":"u8, extended.Backend);
        line.Number(",\"attempts\":"u8, numbers.Attempts);
        line.Flag(",\"reused\":"u8, numbers.IsReused);
        line.Seconds(",\"duration\":"u8, entry.Total);
        line.Seconds(",\"backend_connect\":"u8, numbers.Connect);
        line.Seconds(",\"backend_first_byte\":"u8, entry.Backend);
        line.Seconds(",\"overhead\":"u8, numbers.Overhead);
        line.Text(",\"upgrade\":"u8, extended.Upgrade);
        line.Text(",\"outcome\":"u8, extended.Outcome);
        line.Text(",\"tls_version\":"u8, extended.TlsVersion);
        line.Flag(",\"tls_resumed\":"u8, numbers.IsTlsResumed);
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
