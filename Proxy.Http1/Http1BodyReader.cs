using System.Buffers;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>A reader of bodies in the chunked coding (RFC 9112 §7.1) or without a transfer coding.</summary>
internal sealed class Http1BodyReader : BodyReader
{
    private TrailerSection? _trailers;
    private ChunkedScanner _chunks;
    private bool _isResponse;
    private bool _isInTrailers;

    /// <inheritdoc/>
    public override TrailerSection Trailers => _trailers!;

    /// <inheritdoc/>
    public override void Begin(BodyPlan plan, long length, bool isResponse = false)
    {
        base.Begin(plan, length, isResponse);
        (_isResponse, _isInTrailers, _chunks) = (isResponse, false, new ChunkedScanner(isResponse));
        _trailers?.Reset();
    }

    /// <inheritdoc/>
    protected override Verdict ScanCoded(in ReadOnlySequence<byte> buffer)
    {
        if (_isInTrailers) return ScanTrailers(buffer);
        return Plan == BodyPlan.Chunked ? ScanChunks(buffer) : ScanContent(buffer);
    }

    private Verdict ScanChunks(in ReadOnlySequence<byte> buffer)
    {
        var accepted = 0L;
        foreach (var memory in buffer)
        {
            var bytes = memory.Span;
            while (!bytes.IsEmpty)
            {
                var kind = _chunks.Next(bytes, out var length);
                if (kind == ChunkPart.Malformed)
                    return new Verdict(buffer.Slice(0, accepted), accepted, BodyEnd.SourceMalformed);
                accepted += length;
                if (kind == ChunkPart.Padding) return new Verdict(buffer.Slice(0, accepted - 1), accepted, null);
                if (kind == ChunkPart.Data) DataBytes += length;
                if (kind == ChunkPart.Last) return LastChunk(buffer, accepted);
                bytes = bytes[length..];
            }
        }

        return new Verdict(buffer, accepted, null);
    }

    // The last chunk is nearly always followed by only the empty line, received with it: both are forwarded together.
    private Verdict LastChunk(in ReadOnlySequence<byte> buffer, long accepted)
    {
        _isInTrailers = true;
        Span<byte> next = stackalloc byte[2];
        if (buffer.Length - accepted >= 2) buffer.Slice(accepted, 2).CopyTo(next);
        var isOver = next.SequenceEqual("\r\n"u8);
        if (isOver) accepted += 2;
        return new Verdict(buffer.Slice(0, accepted), accepted, isOver ? BodyEnd.Complete : null);
    }

    // Returns the content without its framing, one piece at a time.
    private Verdict ScanContent(in ReadOnlySequence<byte> buffer)
    {
        var consumed = 0L;
        foreach (var memory in buffer)
        {
            var bytes = memory.Span;
            while (!bytes.IsEmpty)
            {
                var kind = _chunks.Next(bytes, out var length);
                if (kind == ChunkPart.Malformed) return new Verdict(default, consumed, BodyEnd.SourceMalformed);
                consumed += length;
                bytes = bytes[length..];
                _isInTrailers = kind == ChunkPart.Last;
                if (_isInTrailers) return new Verdict(default, consumed, null);
                if (kind != ChunkPart.Data) continue;
                DataBytes += length;
                return new Verdict(buffer.Slice(consumed - length, length), consumed, null);
            }
        }

        return new Verdict(default, consumed, null);
    }

    private Verdict ScanTrailers(in ReadOnlySequence<byte> buffer)
    {
        _trailers ??= new TrailerSection();
        var rejection = TrailerParser.TryRead(buffer, _trailers, _isResponse, out var length);
        if (rejection != Rejection.None) return new Verdict(default, 0, BodyEnd.SourceMalformed);
        if (length == 0) return new Verdict(default, 0, null);
        return new Verdict(default, length, BodyEnd.Complete) { HasTrailers = Plan == BodyPlan.Chunked };
    }
}
