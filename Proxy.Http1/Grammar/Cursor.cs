using System.Buffers;

namespace Proxy.Http1.Grammar;

/// <summary>
/// Reads the terminals of RFC 9110 §5.6 and RFC 9112 one after the other; each says whether it was there.
/// </summary>
internal ref struct Cursor(ReadOnlySpan<byte> bytes)
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // CTL but HTAB: what may not stand in a field value or reason phrase; CR ends it.                 RFC 9110 §5.5
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(b => b != '\t').Select(b => (byte)b), 0x7f]);

    private static readonly SearchValues<byte> NotInTargets = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7f, (byte)'#']);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _at;

    public static bool IsTokenByte(byte value) => TokenBytes.Contains(value);

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    // token = 1*tchar
    public bool Token(out Slice token)
    {
        var length = _bytes[_at..].IndexOfAnyExcept(TokenBytes);
        token = new Slice(_at, Math.Max(length, 0));
        _at = token.End;
        return length > 0;
    }

    // request-target, whatever its form: neither white space nor control bytes, nor a fragment, which some backends
    // would cut off and others take for a part of the path
    public bool Target(out Slice target)
    {
        var length = _bytes[_at..].IndexOfAny(NotInTargets);
        target = new Slice(_at, Math.Max(length, 0));
        _at = target.End;
        return length > 0;
    }

    public bool Space() => Byte((byte)' ');

    public bool Text(ReadOnlySpan<byte> text)
    {
        if (!_bytes[_at..].StartsWith(text)) return false;
        _at += text.Length;
        return true;
    }

    public bool Digit(out int digit)
    {
        digit = _at < _bytes.Length ? _bytes[_at] - '0' : -1;
        if (digit is < 0 or > 9) return false;
        _at++;
        return true;
    }

    public bool Crlf() => Text("\r\n"u8);

    // field-line = field-name ":" OWS field-value OWS CRLF                                            RFC 9112 §5
    public bool FieldLine(ref Field field, bool allowBlankBeforeColon)
    {
        if (!Token(out field.Name)) return false;
        if (allowBlankBeforeColon) SkipBlanks();
        if (!Byte((byte)':')) return false;
        if (!Line(out var line)) return false;
        field.Value = Trimmed(line);
        field.LineEnd = _at;
        return true;
    }

    /// <summary>Everything up to a CRLF, which is read too; no control byte may be in it but HTAB.</summary>
    public bool Line(out Slice line)
    {
        var length = _bytes[_at..].IndexOfAny(Controls);
        line = new Slice(_at, Math.Max(length, 0));
        if (length < 0) return false;
        _at = line.End;
        return Crlf();
    }

    private bool Byte(byte value)
    {
        if (_at >= _bytes.Length || _bytes[_at] != value) return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _bytes.Length && _bytes[_at] is (byte)' ' or (byte)'\t') _at++;
    }

    private readonly Slice Trimmed(Slice slice)
    {
        var (start, end) = (slice.Start, slice.End);
        while (start < end && _bytes[start] is (byte)' ' or (byte)'\t') start++;
        while (end > start && _bytes[end - 1] is (byte)' ' or (byte)'\t') end--;
        return new Slice(start, end - start);
    }
}
