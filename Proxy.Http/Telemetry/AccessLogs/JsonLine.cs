using System.Buffers;
using System.Globalization;
using System.Text;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// A writer of one JSON object, member by member. The caller provides a buffer for all of it: <see cref="FixedRoom"/>
/// bytes, and <see cref="TextRoom"/> for each text. Any bytes in a text give valid JSON (RFC 8259) in valid UTF-8.
/// Names are passed as <c>,"name":</c>.
/// </summary>
internal ref struct JsonLine(Span<byte> room)
{
    /// <summary>Upper bound in bytes for the names, numbers and time of a line.</summary>
    public const int FixedRoom = 1024;

    private static readonly SearchValues<byte> NotAsIs = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(i => i is < 0x20 or >= 0x7F or '"' or '\\').Select(i => (byte)i)]);

    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Returns an upper bound for a written text of <paramref name="length"/> bytes, with quotes.</summary>
    public static int TextRoom(int length) => 6 * Math.Min(length, LogLine.FieldBytesMax) + 5;

    /// <summary>Writes JSON unchanged.</summary>
    public void Raw(scoped ReadOnlySpan<byte> json)
    {
        json.CopyTo(_room[Length..]);
        Length += json.Length;
    }

    /// <summary>
    /// Writes untrusted bytes as a string. Bytes that are not valid UTF-8 are taken as ISO-8859-1, the historical
    /// encoding of header values (RFC 9110 §5.5).
    /// </summary>
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        Raw(name);
        Raw("\""u8);
        var isCut = bytes.Length > LogLine.FieldBytesMax;
        if (isCut) bytes = bytes[..LogLine.FieldBytesMax];
        for (var next = bytes.IndexOfAny(NotAsIs); next >= 0; next = bytes.IndexOfAny(NotAsIs))
        {
            Raw(bytes[..next]);
            bytes = bytes[(next + Special(bytes[next..]))..];
        }

        Raw(bytes);
        Raw(isCut ? "...\""u8 : "\""u8);
    }

    /// <summary>Writes an integer.</summary>
    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Raw(name);
        Digits(value, default);
    }

    /// <summary>Writes seconds with six decimals; a negative time, from a clock set back, counts as zero.</summary>
    public void Seconds(ReadOnlySpan<byte> name, TimeSpan span)
    {
        var (seconds, rest) = Math.DivRem(Math.Max(span.Ticks, 0), TimeSpan.TicksPerSecond);
        Raw(name);
        Digits(seconds, default);
        Raw("."u8);
        Digits(rest / TimeSpan.TicksPerMicrosecond, "D6");
    }

    /// <summary>Writes true or false.</summary>
    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Raw(name);
        Raw(value ? "true"u8 : "false"u8);
    }

    /// <summary>Writes digits, with leading zeros according to <paramref name="format"/>.</summary>
    public void Digits(long value, ReadOnlySpan<char> format)
    {
        value.TryFormat(_room[Length..], out var written, format, CultureInfo.InvariantCulture);
        Length += written;
    }

    // Writes the first character, and returns its length in bytes.
    private int Special(ReadOnlySpan<byte> bytes)
    {
        var first = bytes[0];
        if (first > 0x7F && Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.Done)
        {
            Raw(bytes[..length]);
            return length;
        }

        if (first is (byte)'"' or (byte)'\\') Raw([(byte)'\\', first]);
        else Escape(first);
        return 1;
    }

    private void Escape(byte value) => Raw(
        [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', HexDigit(value >> 4), HexDigit(value & 15)]);

    private static byte HexDigit(int value) => "0123456789abcdef"u8[value];
}
