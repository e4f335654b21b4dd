using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>
/// Moves one body from one connection to another as it comes, out of the memory it was received in. Whatever is
/// written leaves before anything is waited for.
/// </summary>
internal sealed class BodyPump
{
    private TrailerSection? _trailers;
    private ChunkedScanner _scanner;
    private PipeReader _input = null!;
    private PipeWriter _output = null!;
    private Connection _source = null!;
    private Head _head = null!;
    private PumpMode _mode;
    private long _left;
    private bool _isInTrailers;
    private bool _isSourceDone;
    private bool _isWriting;
    private bool _hasUnflushed;
    private volatile bool _isStopped;

    /// <summary>Bytes of content passed on, framing not counted.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Bytes taken from the source.</summary>
    public long WireBytes { get; private set; }

    /// <summary>
    /// All of the body has been taken from the source; its end may still be on its way to the output.
    /// </summary>
    public bool IsSourceDone
    {
        get => Volatile.Read(ref _isSourceDone);
        private set => Volatile.Write(ref _isSourceDone, value);
    }

    public void Reset()
    {
        (DataBytes, WireBytes, IsSourceDone) = (0, 0, false);
        (_isInTrailers, _isWriting, _isStopped) = (false, false, false);
        _scanner = default;
        _trailers?.Reset();
    }

    /// <summary>Prepares for the body that follows a head.</summary>
    public void Begin(Connection from, Connection to, PumpMode mode, Head head)
    {
        Reset();
        (_source, _input, _output) = (from, from.Input, to.Output);
        (_mode, _head, _left) = (mode, head, head.Framing.Length);
        _hasUnflushed = true;
    }

    /// <summary>Makes the run end soon, if it waits for its source.</summary>
    public void Stop()
    {
        _isStopped = true;
        _input.CancelPendingRead();
    }

    /// <summary>
    /// Runs to the end of the body. What the output holds unflushed before goes out with its beginning.
    /// </summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<BodyEnd> RunAsync()
    {
        try
        {
            if (_mode == PumpMode.None) return await FlushAsync() ? BodyEnd.Complete : BodyEnd.SinkGone;
            return await PumpAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return _isWriting ? BodyEnd.SinkGone : BodyEnd.SourceGone;
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> PumpAsync()
    {
        while (true)
        {
            if (!_input.TryRead(out var read))
            {
                if (!await FlushAsync()) return BodyEnd.SinkGone;
                read = await _input.ReadAsync();
            }

            if (read.IsCanceled)
            {
                _input.AdvanceTo(read.Buffer.Start);
                if (_isStopped) return BodyEnd.Stopped;
                if (_source.IsReadOverdue) return BodyEnd.SourceOverdue;
                continue;
            }

            var verdict = Judge(read);
            IsSourceDone = verdict.End is BodyEnd.Complete;
            if (!await TryPassOnAsync(verdict.Part))
            {
                // Not taken, so not consumed: the receiver lacks it, and another one may get it.
                IsSourceDone = false;
                _input.AdvanceTo(read.Buffer.Start);
                return BodyEnd.SinkGone;
            }

            WireBytes += verdict.Consumed;
            var consumed = read.Buffer.GetPosition(verdict.Consumed);
            _input.AdvanceTo(consumed, verdict.Consumed == 0 ? read.Buffer.End : consumed);
            if (verdict.End is { } end) return end != BodyEnd.Complete || await FinishAsync() ? end : BodyEnd.SinkGone;
            if (read.IsCompleted && verdict.Consumed == 0) return BodyEnd.SourceGone;
        }
    }

    private Verdict Judge(in ReadResult read)
    {
        var buffer = read.Buffer;
        switch (_mode)
        {
            case PumpMode.Length:
                var part = buffer.Length <= _left ? buffer : buffer.Slice(0, _left);
                _left -= part.Length;
                DataBytes += part.Length;
                return new Verdict(part, part.Length, _left == 0 ? BodyEnd.Complete : null);
            case PumpMode.UntilClose or PumpMode.UntilCloseToChunked:
                DataBytes += buffer.Length;
                return new Verdict(buffer, buffer.Length, read.IsCompleted ? BodyEnd.Complete : null);
            default:
                if (_isInTrailers) return JudgeTrailers(buffer);
                return _mode == PumpMode.Chunked ? JudgeChunks(buffer) : JudgeContent(buffer);
        }
    }

    private Verdict JudgeChunks(in ReadOnlySequence<byte> buffer)
    {
        var accepted = 0L;
        foreach (var memory in buffer)
        {
            var bytes = memory.Span;
            while (!bytes.IsEmpty)
            {
                var kind = _scanner.Next(bytes, out var length);
                if (kind == ChunkPart.Malformed) return new Verdict(default, 0, BodyEnd.SourceMalformed);
                accepted += length;
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
    private Verdict JudgeContent(in ReadOnlySequence<byte> buffer)
    {
        var consumed = 0L;
        foreach (var memory in buffer)
        {
            var bytes = memory.Span;
            while (!bytes.IsEmpty)
            {
                var kind = _scanner.Next(bytes, out var length);
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

    private Verdict JudgeTrailers(in ReadOnlySequence<byte> buffer)
    {
        _trailers ??= new TrailerSection();
        var rejection = TrailerSection.TryRead(buffer, _trailers, out var length);
        if (rejection != Rejection.None) return new Verdict(default, 0, BodyEnd.SourceMalformed);
        if (length > 0 && _mode == PumpMode.Chunked) WriteTrailers(_trailers);
        return new Verdict(default, length, length > 0 ? BodyEnd.Complete : null);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> TryPassOnAsync(ReadOnlySequence<byte> part)
    {
        try
        {
            return await PassOnAsync(part);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return false;
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> PassOnAsync(ReadOnlySequence<byte> part)
    {
        if (part.IsEmpty) return true;
        _isWriting = true;
        if (_mode == PumpMode.UntilCloseToChunked) return await PassOnAsChunkAsync(part);
        foreach (var memory in part)
        {
            var flushed = await _output.WriteAsync(memory);
            if (flushed.IsCompleted || flushed.IsCanceled) return false;
        }

        _isWriting = _hasUnflushed = false;
        return true;
    }

    private ValueTask<bool> PassOnAsChunkAsync(in ReadOnlySequence<byte> part)
    {
        Span<byte> size = stackalloc byte[18];
        Utf8Formatter.TryFormat(part.Length, size, out var digits, 'x');
        _output.Write(size[..digits]);
        _output.Write("\r\n"u8);
        foreach (var memory in part) _output.Write(memory.Span);
        _output.Write("\r\n"u8);
        _hasUnflushed = true;
        return FlushAsync();
    }

    private ValueTask<bool> FinishAsync()
    {
        if (_mode == PumpMode.UntilCloseToChunked)
        {
            _output.Write("0\r\n\r\n"u8);
            _hasUnflushed = true;
        }

        return FlushAsync();
    }

    private void WriteTrailers(TrailerSection trailers)
    {
        foreach (ref var field in trailers.Fields)
        {
            if (trailers.IsAllowed(field, _head)) _output.Write(trailers.Bytes[field.Name.Start..field.LineEnd]);
        }

        _output.Write("\r\n"u8);
        _hasUnflushed = true;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> FlushAsync()
    {
        if (!_hasUnflushed) return true;
        _isWriting = true;
        var flushed = await _output.FlushAsync();
        _isWriting = _hasUnflushed = false;
        return !flushed.IsCompleted && !flushed.IsCanceled;
    }

    /// <summary>What to do with what was read.</summary>
    /// <param name="Part">Goes on as it is.</param>
    /// <param name="Consumed">Bytes from the beginning that are dealt with, those of the part included.</param>
    /// <param name="End">How the body ends behind them, if it does.</param>
    private readonly record struct Verdict(ReadOnlySequence<byte> Part, long Consumed, BodyEnd? End);
}
