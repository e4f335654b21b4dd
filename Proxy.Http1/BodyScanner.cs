using System.Buffers;
using System.IO.Pipelines;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>Tells what of the bytes that were read belongs to a body, and where the body ends.</summary>
internal sealed class BodyScanner
{
    private TrailerSection? _trailers;
    private ChunkedScanner _chunks;
    private bool _isResponse;
    private bool _isInTrailers;

    public BodyPlan Plan { get; private set; }

    /// <summary>Bytes of content that were told of, framing not counted.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Bytes that are still to come of a body of known length.</summary>
    public long Left { get; private set; }

    /// <summary>The fields behind the last chunk, when a verdict has told of them.</summary>
    public TrailerSection Trailers => _trailers!;

    public void Begin(BodyPlan plan, long length, bool isResponse = false)
    {
        (Plan, Left, DataBytes, _isInTrailers) = (plan, length, 0, false);
        (_isResponse, _chunks) = (isResponse, new ChunkedScanner(isResponse));
        _trailers?.Reset();
    }

    public Verdict Scan(in ReadResult read)
    {
        var buffer = read.Buffer;
        switch (Plan)
        {
            case BodyPlan.Length:
                var part = buffer.Length <= Left ? buffer : buffer.Slice(0, Left);
                Left -= part.Length;
                DataBytes += part.Length;
                return new Verdict(part, part.Length, Left == 0 ? BodyEnd.Complete : null);
            case BodyPlan.UntilClose or BodyPlan.UntilCloseToChunked:
                DataBytes += buffer.Length;
                return new Verdict(buffer, buffer.Length, read.IsCompleted ? BodyEnd.Complete : null);
            default:
                if (_isInTrailers) return ScanTrailers(buffer);
                return Plan == BodyPlan.Chunked ? ScanChunks(buffer) : ScanContent(buffer);
        }
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
                if (kind == ChunkPart.Padded) return new Verdict(buffer.Slice(0, accepted - 1), accepted, null);
                if (kind == ChunkPart.Data) DataBytes += length;
                if (kind == ChunkPart.Last) return LastChunk(buffer, accepted);
                bytes = bytes[length..];
            }
        }

        return new Verdict(buffer, accepted, null);
    }

    // Nearly always nothing but an empty line follows the last chunk, and is there already: it goes in the same piece.
    private Verdict LastChunk(in ReadOnlySequence<byte> buffer, long accepted)
    {
        _isInTrailers = true;
        Span<byte> next = stackalloc byte[2];
        if (buffer.Length - accepted >= 2) buffer.Slice(accepted, 2).CopyTo(next);
        var isOver = next.SequenceEqual("\r\n"u8);
        if (isOver) accepted += 2;
        return new Verdict(buffer.Slice(0, accepted), accepted, isOver ? BodyEnd.Complete : null);
    }

    // The content without its framing, one piece a time.
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
        var rejection = TrailerSection.TryRead(buffer, _trailers, _isResponse, out var length);
        if (rejection != Rejection.None) return new Verdict(default, 0, BodyEnd.SourceMalformed);
        if (length == 0) return new Verdict(default, 0, null);
        return new Verdict(default, length, BodyEnd.Complete) { HasTrailers = Plan == BodyPlan.Chunked };
    }

    /// <summary>What to do with what was read.</summary>
    /// <param name="Part">Goes on as it is.</param>
    /// <param name="Consumed">Bytes from the beginning that are dealt with, those of the part included.</param>
    /// <param name="End">How the body ends behind them, if it does.</param>
    public readonly record struct Verdict(ReadOnlySequence<byte> Part, long Consumed, BodyEnd? End)
    {
        /// <summary>The trailer section is complete, and goes on too.</summary>
        public bool HasTrailers { get; init; }
    }
}
