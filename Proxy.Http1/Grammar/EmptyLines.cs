using System.Buffers;

namespace Proxy.Http1.Grammar;

/// <summary>
/// The empty lines before a request line, which a server skips: some clients send CRLF behind a body (RFC 9112 §2.2).
/// </summary>
internal struct EmptyLines
{
    /// <summary>Bytes of empty lines before one request (400 beyond).</summary>
    public const int BytesMax = HeadBytes.Max;

    private int _bytes;

    /// <summary>
    /// Returns where the first byte is that belongs to no empty line. <paramref name="isRequest"/> is false when there
    /// is none yet; a CR alone may still become an empty line. Lines beyond the bound are left in front of the request,
    /// which is malformed with them.
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
