using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>
/// A parser of the terminals of RFC 9110 §5.6 and RFC 9112. Each method consumes its terminal and returns whether it
/// was present.
/// </summary>
internal ref struct Cursor(ReadOnlySpan<byte> bytes)
{
    // tchar by the low nibble of the byte: one bit for each high nibble that makes it a tchar.     RFC 9110 §5.6.2
    private static ReadOnlySpan<byte> TokenBits =>
        [0xE8, 0xFC, 0xF8, 0xFC, 0xFC, 0xFC, 0xFC, 0xFC, 0xF8, 0xF8, 0xF4, 0x54, 0xD0, 0x54, 0xF4, 0x70];

    // The bit of a high nibble; none for bytes outside ASCII.
    private static ReadOnlySpan<byte> HighBits => [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(b => (byte)b).Where(b => b != '#')]);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Number of bytes consumed.</summary>
    public readonly int Position => _at;

    /// <summary>Whether all bytes are consumed, so that a missing terminal may still arrive.</summary>
    public readonly bool IsAtEnd => _at == _bytes.Length;

    /// <summary>Whether a complete line follows.</summary>
    public readonly bool HasLine => _bytes[_at..].Contains((byte)'\n');

    /// <summary>Returns whether a byte is a tchar (RFC 9110 §5.6.2).</summary>
    public static bool IsTokenByte(byte value) => value < 0x80 && (TokenBits[value & 0xf] >> (value >> 4) & 1) != 0;

    // token = 1*tchar, of at most bytesMax bytes
    public bool Token(int bytesMax, out Slice token)
    {
        token = Between(_at, Math.Min(TokenEnd(_bytes, _at), _at + bytesMax));
        _at = token.End;
        return !token.IsEmpty;
    }

    // request-target in any form: visible ASCII without "#", because some backends would drop a fragment and others
    // take it as part of the path. Browsers send some characters that RFC 3986 excludes, such as "|".
    public bool Target(out Slice target)
    {
        var length = _bytes[_at..].IndexOfAnyExcept(TargetBytes);
        target = new Slice(_at, length < 0 ? _bytes.Length - _at : length);
        _at = target.End;
        return !target.IsEmpty;
    }

    public bool Space() => Byte((byte)' ');

    // Consumes the common prefix when the text is incomplete or different.
    public bool Text(ReadOnlySpan<byte> text)
    {
        var isPresent = _bytes[_at..].StartsWith(text);
        _at += isPresent ? text.Length : _bytes[_at..].CommonPrefixLength(text);
        return isPresent;
    }

    public bool Digit(out int digit, int min = 0)
    {
        digit = _at < _bytes.Length ? _bytes[_at] - '0' : -1;
        if (digit < min || digit > 9) return false;
        _at++;
        return true;
    }

    public bool Crlf()
    {
        if (!IsCrlf(_bytes, _at)) return false;
        _at += 2;
        return true;
    }

    // field-line = field-name ":" OWS field-value OWS CRLF                                            RFC 9112 §5
    // Responses may have whitespace before the colon, and control bytes in values.             RFC 9112 §5.1, 9110 §5.5
    public bool FieldLine(ref Field field, bool isResponse)
    {
        var bytes = _bytes;
        var nameEnd = TokenEnd(bytes, _at);
        var colon = isResponse ? WhitespaceEnd(bytes, nameEnd) : nameEnd;
        if (nameEnd == _at || colon >= bytes.Length || bytes[colon] != ':') return false;
        var start = WhitespaceEnd(bytes, colon + 1);
        var end = isResponse ? LenientTextEnd(bytes, start) : TextEnd(bytes, start);
        if (!IsCrlf(bytes, end)) return false;
        field.Name = Between(_at, nameEnd);
        _at = field.LineEnd = end + 2;
        while (end > start && IsWhitespace(bytes[end - 1])) end--;
        field.Value = Between(start, end);
        return true;
    }

    /// <summary>Reads a line and its CRLF; returns false if the line contains CR, LF or NUL.</summary>
    public bool Line(out Slice line)
    {
        line = Between(_at, LenientTextEnd(_bytes, _at));
        _at = line.End;
        return Text("\r\n"u8);
    }

    private bool Byte(byte value)
    {
        if (_at >= _bytes.Length || _bytes[_at] != value) return false;
        _at++;
        return true;
    }

    private static Slice Between(int start, int end) => new(start, end - start);

    private static bool IsWhitespace(byte value) => value is (byte)' ' or (byte)'\t';

    // CTL except HTAB: not allowed in a field value or reason phrase.                                 RFC 9110 §5.5
    private static bool IsControl(byte value) => value is < 0x20 and not (byte)'\t' or 0x7f;

    private static bool IsCrlf(ReadOnlySpan<byte> bytes, int at) =>
        at < bytes.Length - 1 && bytes[at] == '\r' && bytes[at + 1] == '\n';

    private static int WhitespaceEnd(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length && IsWhitespace(bytes[at])) at++;
        return at;
    }

    // Returns the position of the first byte that is not a tchar, or the end.
    private static int TokenEnd(ReadOnlySpan<byte> bytes, int at)
    {
        for (; at <= bytes.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var piece = Vector128.Create(bytes[at..]);
            var lows = Vector128.ShuffleNative(Vector128.Create(TokenBits), piece & Vector128.Create((byte)0x0f));
            var highs = Vector128.ShuffleNative(Vector128.Create(HighBits), piece >>> 4);
            var others = Vector128.Equals(lows & highs, Vector128<byte>.Zero).ExtractMostSignificantBits();
            if (others != 0) return at + BitOperations.TrailingZeroCount(others);
        }

        while (at < bytes.Length && IsTokenByte(bytes[at])) at++;
        return at;
    }

    // Returns the position of the first byte that no value may contain: CR, LF or NUL.                RFC 9110 §5.5
    private static int LenientTextEnd(ReadOnlySpan<byte> bytes, int at)
    {
        var end = TextEnd(bytes, at);
        while (end < bytes.Length && bytes[end] is not ((byte)'\r' or (byte)'\n' or 0)) end = TextEnd(bytes, end + 1);
        return end;
    }

    // Returns the position of the first control byte, or the end.
    private static int TextEnd(ReadOnlySpan<byte> bytes, int at)
    {
        for (; at <= bytes.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var piece = Vector128.Create(bytes[at..]);
            var controls = Vector128.LessThan(piece, Vector128.Create((byte)0x20))
                & ~Vector128.Equals(piece, Vector128.Create((byte)'\t'))
                | Vector128.Equals(piece, Vector128.Create((byte)0x7f));
            if (controls != default)
                return at + BitOperations.TrailingZeroCount(controls.ExtractMostSignificantBits());
        }

        while (at < bytes.Length && !IsControl(bytes[at])) at++;
        return at;
    }
}
