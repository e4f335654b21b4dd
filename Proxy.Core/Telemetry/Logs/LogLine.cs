using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// Writes one line piece by piece. The caller provides room for all of it: <see cref="FixedRoom"/>, and
/// <see cref="FieldRoom"/> for each field. Whatever a field contains, it can neither end the line nor close the quotes
/// around it.
/// </summary>
internal ref struct LogLine(Span<byte> room)
{
    /// <summary>A longer field is truncated after this many bytes, followed by three dots.</summary>
    public const int FieldBytesMax = 8 * 1024;

    /// <summary>Enough for numbers, addresses, times and the text between the fields of any line.</summary>
    public const int FixedRoom = 512;

    private static readonly SearchValues<byte> InMessages = SearchValues.Create([.. ControlBytes()]);
    private static readonly SearchValues<byte> InFields = SearchValues.Create([.. ControlBytes(), .. "\"\\"u8]);

    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    private readonly Span<byte> Rest => _room[Length..];

    /// <summary>Returns the most bytes that a field of <paramref name="length"/> bytes can become.</summary>
    public static int FieldRoom(int length) => 4 * Math.Min(length, FieldBytesMax) + 3;

    /// <summary>Returns the most bytes that a text of <paramref name="length"/> characters can become.</summary>
    public static int TextRoom(int length) => FieldRoom(3 * Math.Min(length, FieldBytesMax));

    /// <summary>Writes text of the format itself.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(Rest);
        Length += text.Length;
    }

    /// <summary>Writes untrusted bytes: quotes, backslashes and control bytes become <c>\xHH</c>.</summary>
    public void Field(ReadOnlySpan<byte> bytes) => Escaped(bytes, InFields);

    /// <summary>Writes untrusted text, as UTF-8.</summary>
    public void Field(ReadOnlySpan<char> text) => Escaped(text, InFields);

    /// <summary>Writes our own text: only control bytes are escaped.</summary>
    public void Message(ReadOnlySpan<char> text) => Escaped(text, InMessages);

    /// <summary>Writes a whole number.</summary>
    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Rest, out var written);
        Length += written;
    }

    /// <summary>Writes seconds with three decimals, rounded; a clock that went backwards counts as zero.</summary>
    public void Seconds(TimeSpan span)
    {
        var milliseconds = (Math.Max(span.Ticks, 0) + TimeSpan.TicksPerMillisecond / 2) / TimeSpan.TicksPerMillisecond;
        var (seconds, rest) = Math.DivRem(milliseconds, 1000);
        Number(seconds);
        var to = Rest;
        to[0] = (byte)'.';
        to[1] = (byte)('0' + rest / 100);
        to[2] = (byte)('0' + rest / 10 % 10);
        to[3] = (byte)('0' + rest % 10);
        Length += 4;
    }

    /// <summary>
    /// Writes an address as the Go planb does: <c>::ffff:</c> first, unless it starts with <c>::</c>.
    /// </summary>
    public void Address(ReadOnlySpan<byte> address)
    {
        if (!address.StartsWith("::"u8)) Text("::ffff:"u8);
        Field(address);
    }

    private void Escaped(ReadOnlySpan<char> text, SearchValues<byte> escaped)
    {
        // One character too many is kept, so that the bytes are truncated too and the dots are written.
        if (text.Length > FieldBytesMax) text = text[..(FieldBytesMax + 1)];
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Escaped(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), escaped);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Escaped(ReadOnlySpan<byte> bytes, SearchValues<byte> escaped)
    {
        if (bytes.IsEmpty) return;
        var isCut = bytes.Length > FieldBytesMax;
        if (isCut) bytes = bytes[..FieldBytesMax];
        for (var next = bytes.IndexOfAny(escaped); next >= 0; next = bytes.IndexOfAny(escaped))
        {
            Text(bytes[..next]);
            Text([(byte)'\\', (byte)'x', HexDigit(bytes[next] >> 4), HexDigit(bytes[next] & 15)]);
            bytes = bytes[(next + 1)..];
        }
        Text(bytes);
        if (isCut) Text("..."u8);
    }

    private static byte HexDigit(int value) => "0123456789ABCDEF"u8[value];

    private static IEnumerable<byte> ControlBytes() => Enumerable.Range(0, 0x20).Append(0x7F).Select(i => (byte)i);
}
