using System.Buffers;
using System.Globalization;
using System.Text;
using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// Writes one JSON object member by member. The caller brings room for all of it: <see cref="FixedRoom"/>, and
/// <see cref="TextRoom"/> a text. Whatever a text holds, the object is valid JSON (RFC 8259) in valid UTF-8.
/// Names come as <c>,"name":</c>.
/// </summary>
internal ref struct JsonLine(Span<byte> room)
{
    /// <summary>Enough for the names, the numbers and the time of any line.</summary>
    public const int FixedRoom = 1024;

    private static readonly SearchValues<byte> NotAsIs = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(i => i is < 0x20 or >= 0x7F or '"' or '\\').Select(i => (byte)i)]);

    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>The most bytes a text of <paramref name="length"/> bytes can become, with its quotes.</summary>
    public static int TextRoom(int length) => 6 * Math.Min(length, LogLine.FieldBytesMax) + 5;

    /// <summary>JSON as it is.</summary>
    public void Raw(scoped ReadOnlySpan<byte> json)
    {
        json.CopyTo(_room[Length..]);
        Length += json.Length;
    }

    /// <summary>
    /// Bytes from outside. What is no UTF-8 is taken for ISO-8859-1, which is what fields were meant to be in
    /// (RFC 9110 §5.5).
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

    /// <summary>A whole number.</summary>
    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Raw(name);
        Digits(value, default);
    }

    /// <summary>Seconds with six decimals; a clock that went backwards counts as zero.</summary>
    public void Seconds(ReadOnlySpan<byte> name, TimeSpan span)
    {
        var (seconds, rest) = Math.DivRem(Math.Max(span.Ticks, 0), TimeSpan.TicksPerSecond);
        Raw(name);
        Digits(seconds, default);
        Raw("."u8);
        Digits(rest / TimeSpan.TicksPerMicrosecond, "D6");
    }

    /// <summary>True or false.</summary>
    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Raw(name);
        Raw(value ? "true"u8 : "false"u8);
    }

    /// <summary>Digits with zeros in front, as <paramref name="format"/> says.</summary>
    public void Digits(long value, ReadOnlySpan<char> format)
    {
        value.TryFormat(_room[Length..], out var written, format, CultureInfo.InvariantCulture);
        Length += written;
    }

    // Writes the character that stands at the start, and returns how many bytes it is made of.
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
