namespace Proxy.Http1.Grammar;

/// <summary>The kind of the next bytes of a chunked body.</summary>
internal enum ChunkPart : byte
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>Part of a chunk's size line, or of the CRLF after its data.</summary>
    Framing,

    /// <summary>Framing whose last byte is padding that is not forwarded.</summary>
    Padding,

    /// <summary>Bytes of the content.</summary>
    Data,

    /// <summary>The line of the last chunk; a trailer section follows.</summary>
    Last,

    /// <summary>A violation of the chunked coding (RFC 9112 §7.1).</summary>
    Malformed,
}

/// <summary>
/// A state machine that finds the end of a chunked body without changing it (RFC 9112 §7.1). It examines every byte
/// once, however the body is split into buffers. Responses may have whitespace anywhere outside quotes, and malformed
/// extensions, because some backends pad chunk sizes and only the end of the line matters for the framing.
/// </summary>
internal struct ChunkedScanner(bool isResponse)
{
    /// <summary>Maximum number of bytes of a chunk's size line, extensions included.</summary>
    public const int LineBytesMax = 4 * 1024;

    private const long SizeBeforeShiftMax = long.MaxValue >> 4;
    private State _state;
    private long _size;
    private int _lineBytes;

    private enum State : byte
    {
        Size,
        SizeOrEnd,
        SpaceBeforeExtension,
        ExtensionName,
        ExtensionNameOrEnd,
        SpaceBeforeValue,
        ExtensionValue,
        ExtensionToken,
        Quoted,
        QuotedPair,
        AfterValue,
        Padding,
        AnyExtension,
        AnyQuoted,
        AnyQuotedPair,
        LineFeed,
        Data,
        DataCr,
        DataLf,
        Done,
        Broken,
    }

    /// <summary>
    /// Returns the kind of the first <paramref name="length"/> bytes of <paramref name="bytes"/>.
    /// </summary>
    public ChunkPart Next(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (_state == State.Data) return Content(bytes, out length);
        while (length < bytes.Length)
        {
            var next = Step(bytes[length]);
            if (next == State.Broken) return ChunkPart.Malformed;
            length++;
            _state = next;
            if (next == State.Done) return ChunkPart.Last;
            if (next == State.Data) return ChunkPart.Framing;
            if (next is State.Padding or State.AnyExtension && IsSpace(bytes[length - 1])) return ChunkPart.Padding;
        }

        return length == 0 ? ChunkPart.Incomplete : ChunkPart.Framing;
    }

    private static State Only(byte value, char expected, State next) => value == expected ? next : State.Broken;

    private ChunkPart Content(ReadOnlySpan<byte> bytes, out int length)
    {
        length = (int)Math.Min(bytes.Length, _size);
        _size -= length;
        if (_size == 0) _state = State.DataCr;
        return length == 0 ? ChunkPart.Incomplete : ChunkPart.Data;
    }

    // chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
    // chunk-ext      = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
    private State Step(byte value)
    {
        if (_state is not (State.DataCr or State.DataLf) && ++_lineBytes > LineBytesMax) return State.Broken;
        return _state switch
        {
            State.Size => Digit(value),
            State.SizeOrEnd when char.IsAsciiHexDigit((char)value) => Digit(value),
            State.SizeOrEnd or State.Padding when isResponse => LenientExtension(value),
            State.AnyExtension or State.AnyQuoted or State.AnyQuotedPair => LenientExtension(value),
            State.LineFeed => LineFeed(value),
            State.DataCr => Only(value, '\r', State.DataLf),
            State.DataLf => BeginLine(value),
            _ => Extension(value),
        };
    }

    private State Digit(byte value)
    {
        if (!char.IsAsciiHexDigit((char)value) || _size > SizeBeforeShiftMax) return State.Broken;
        _size = (_size << 4) | (uint)(value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10);
        return State.SizeOrEnd;
    }

    private State LineFeed(byte value) => Only(value, '\n', _size == 0 ? State.Done : State.Data);

    private State BeginLine(byte value)
    {
        _lineBytes = 0;
        return Only(value, '\n', State.Size);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t';

    // Quoted strings are parsed, so that every recipient finds the same end of the line.
    private readonly State LenientExtension(byte value) => _state switch
    {
        _ when value is (byte)'\n' or 0 => State.Broken,
        State.AnyQuoted or State.AnyQuotedPair when value == '\r' => State.Broken,
        State.AnyQuoted when value == '"' => State.AnyExtension,
        State.AnyQuoted when value == '\\' => State.AnyQuotedPair,
        State.AnyQuoted or State.AnyQuotedPair => State.AnyQuoted,
        _ when value == '\r' => State.LineFeed,
        State.AnyExtension when value == '"' => State.AnyQuoted,
        State.AnyExtension => State.AnyExtension,
        _ when IsSpace(value) => State.Padding,
        _ when value == ';' => State.AnyExtension,
        _ => State.Broken,
    };

    private readonly State Extension(byte value)
    {
        var isSpace = IsSpace(value);
        return _state switch
        {
            State.SizeOrEnd or State.AfterValue when isSpace => State.SpaceBeforeExtension,
            State.SizeOrEnd or State.AfterValue when value == '\r' => State.LineFeed,
            State.SizeOrEnd or State.AfterValue or State.SpaceBeforeExtension when value == ';' => State.ExtensionName,
            State.SpaceBeforeExtension or State.ExtensionName when isSpace => _state,
            State.ExtensionName or State.ExtensionNameOrEnd when Cursor.IsTokenByte(value) => State.ExtensionNameOrEnd,
            State.ExtensionNameOrEnd when isSpace => State.SpaceBeforeValue,
            State.SpaceBeforeValue when isSpace => _state,
            State.ExtensionNameOrEnd when value == '\r' => State.LineFeed,
            State.ExtensionNameOrEnd or State.SpaceBeforeValue when value == ';' => State.ExtensionName,
            State.ExtensionNameOrEnd or State.SpaceBeforeValue when value == '=' => State.ExtensionValue,
            State.ExtensionValue when isSpace => _state,
            State.ExtensionValue when value == '"' => State.Quoted,
            State.ExtensionValue or State.ExtensionToken when Cursor.IsTokenByte(value) => State.ExtensionToken,
            State.ExtensionToken when isSpace => State.SpaceBeforeExtension,
            State.ExtensionToken when value == '\r' => State.LineFeed,
            State.ExtensionToken when value == ';' => State.ExtensionName,
            State.Quoted when value == '"' => State.AfterValue,
            State.Quoted when value == '\\' => State.QuotedPair,
            State.Quoted when value is not 0x7f and (>= 0x20 or (byte)'\t') => State.Quoted,
            State.QuotedPair when value is not 0x7f and (>= 0x20 or (byte)'\t') => State.Quoted,
            _ => State.Broken,
        };
    }
}
