using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace Proxy.Http1.Grammar;

/// <summary>
/// Reads the terminals of RFC 9110 §5.6 and RFC 9112 one after the other; each says whether it was there.
/// </summary>
internal ref struct Cursor(ReadOnlySpan<byte> bytes)
{
    // tchar: 1 for the bytes of which tokens are made. Names are short: a look at each costs less than vectors.
    //                                                                                              RFC 9110 §5.6.2
    private static ReadOnlySpan<byte> TokenBytes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    private static readonly SearchValues<byte> NotInTargets = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7f, (byte)'#']);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _at;

    public static bool IsTokenByte(byte value) => TokenBytes[value] != 0;

    // token = 1*tchar; it has not ended where the bytes have
    public bool Token(out Slice token)
    {
        var bytes = _bytes;
        var (start, end) = (_at, _at);
        while (end < bytes.Length && IsTokenByte(bytes[end])) end++;
        token = new Slice(start, end - start);
        _at = end;
        return end > start && end < bytes.Length;
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

    public bool Crlf()
    {
        if (_at > _bytes.Length - 2 || _bytes[_at] != '\r' || _bytes[_at + 1] != '\n') return false;
        _at += 2;
        return true;
    }

    // field-line = field-name ":" OWS field-value OWS CRLF                                            RFC 9112 §5
    public bool FieldLine(ref Field field, bool allowBlankBeforeColon)
    {
        if (!Token(out field.Name)) return false;
        if (allowBlankBeforeColon) SkipBlanks();
        if (!Byte((byte)':')) return false;
        SkipBlanks();
        if (!Line(out var line)) return false;
        field.Value = WithoutBlanksBehind(line);
        field.LineEnd = _at;
        return true;
    }

    /// <summary>Everything up to a CRLF, which is read too; no control byte may be in it but HTAB.</summary>
    public bool Line(out Slice line)
    {
        var length = LengthToControl(_bytes[_at..]);
        line = new Slice(_at, length);
        _at = line.End;
        return Crlf();
    }

    // CTL but HTAB: what may not stand in a field value or reason phrase; CR ends it.                 RFC 9110 §5.5
    private static bool IsControl(byte value) => value is < 0x20 and not (byte)'\t' or 0x7f;

    private static int LengthToControl(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        for (; length <= bytes.Length - Vector128<byte>.Count; length += Vector128<byte>.Count)
        {
            var piece = Vector128.Create(bytes[length..]);
            var controls = Vector128.LessThan(piece, Vector128.Create((byte)0x20))
                & ~Vector128.Equals(piece, Vector128.Create((byte)'\t'))
                | Vector128.Equals(piece, Vector128.Create((byte)0x7f));
            if (controls == default) continue;
            return length + BitOperations.TrailingZeroCount(controls.ExtractMostSignificantBits());
        }

        while (length < bytes.Length && !IsControl(bytes[length])) length++;
        return length;
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

    private readonly Slice WithoutBlanksBehind(Slice slice)
    {
        var end = slice.End;
        while (end > slice.Start && _bytes[end - 1] is (byte)' ' or (byte)'\t') end--;
        return new Slice(slice.Start, end - slice.Start);
    }
}
