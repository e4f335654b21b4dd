using System.Buffers;

namespace Proxy.Http1.Grammar;

/// <summary>
/// The empty lines before a request line, which a server skips: some clients send CRLF after a body (RFC 9112 §2.2).
/// </summary>
internal struct EmptyLines
{
    /// <summary>Maximum number of bytes of empty lines before one request (400 beyond).</summary>
    public const int BytesMax = HeadBytes.Max;

    private int _bytes;

    /// <summary>
    /// Returns the position after the empty lines. <paramref name="isRequest"/> is whether a request begins there; a CR
    /// alone may still become an empty line. Lines beyond the limit are not skipped and make the request malformed.
    /// </summary>
    public SequencePosition Skip(in ReadOnlySequence<byte> buffer, out bool isRequest)
    {
        isRequest = buffer.FirstSpan is [not (byte)'\r', ..];
        return isRequest ? Begin(buffer.Start) : SkipLines(buffer, out isRequest);
    }

    private SequencePosition Begin(SequencePosition start)
    {
        _bytes = 0;
        return start;
    }

    private SequencePosition SkipLines(in ReadOnlySequence<byte> buffer, out bool isRequest)
    {
        var reader = new SequenceReader<byte>(buffer);
        while (_bytes < BytesMax && reader.IsNext("\r\n"u8, advancePast: true)) _bytes += 2;
        isRequest = reader.Remaining > 1 || (reader.TryPeek(out var first) && first != '\r');
        return isRequest ? Begin(reader.Position) : reader.Position;
    }
}
