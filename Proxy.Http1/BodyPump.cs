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
    private const int GatheredPieceBytesMax = 2 * 1024;
    private const int GatheredBytesMax = 16 * 1024;
    private readonly BodyScanner _scanner = new();
    private PipeReader _input = null!;
    private PipeWriter _output = null!;
    private Connection _source = null!;
    private Head _head = null!;
    private bool _isSourceDone;
    private bool _hasUnflushed;
    private volatile bool _isStopped;

    /// <summary>Bytes of content passed on, framing not counted.</summary>
    public long DataBytes => _scanner.DataBytes;

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
        (WireBytes, IsSourceDone, _isStopped) = (0, false, false);
        _scanner.Begin(PumpMode.None, 0);
    }

    /// <summary>Prepares for the body that follows a head.</summary>
    public void Begin(Connection from, Connection to, PumpMode mode, Head head)
    {
        Reset();
        (_source, _input, _output) = (from, from.Input, to.Output);
        (_head, _hasUnflushed) = (head, true);
        _scanner.Begin(mode, head.Framing.Length, head is ResponseHead);
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
    public ValueTask<BodyEnd> RunAsync()
    {
        try
        {
            return TrySendWhole(out var end) ? end : FlowAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new ValueTask<BodyEnd>(BodyEnd.SourceGone);
        }
    }

    // Most bodies are here when they are wanted: such a one leaves at once, in one piece with its head.
    private bool TrySendWhole(out ValueTask<BodyEnd> end)
    {
        end = default;
        if (_scanner.Mode != PumpMode.Length || !_input.TryRead(out var read)) return false;
        var here = read.Buffer.First;
        if (read.IsCanceled || here.Length < _scanner.Left)
        {
            _input.AdvanceTo(read.Buffer.Start);
            return false;
        }

        IsSourceDone = true;
        var behind = read.Buffer.GetPosition(_scanner.Left);
        var writing = TryWriteAsync(here[..(int)_scanner.Left]);
        end = writing.IsCompletedSuccessfully
            ? new ValueTask<BodyEnd>(EndWhole(writing.Result, read.Buffer.Start, behind))
            : SendWholeAsync(writing, read.Buffer.Start, behind);
        return true;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> SendWholeAsync(
        ValueTask<bool> writing, SequencePosition start, SequencePosition behind) =>
        EndWhole(await writing, start, behind);

    private BodyEnd EndWhole(bool isTaken, SequencePosition start, SequencePosition behind)
    {
        if (!isTaken)
        {
            Untake(start);
            return BodyEnd.SinkGone;
        }

        WireBytes = _scanner.Left;
        _scanner.TakeWhole();
        _input.AdvanceTo(behind);
        return BodyEnd.Complete;
    }

    // Not taken by the receiver, so not consumed: another one may get it.
    private void Untake(SequencePosition start)
    {
        IsSourceDone = false;
        _input.AdvanceTo(start);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> FlowAsync()
    {
        try
        {
            if (_scanner.Mode == PumpMode.None) return await TryFlushAsync() ? BodyEnd.Complete : BodyEnd.SinkGone;
            if (_isStopped) return BodyEnd.Stopped;
            if (_source.IsReadOverdue) return BodyEnd.SourceOverdue;
            return await PumpAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return BodyEnd.SourceGone;
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> PumpAsync()
    {
        while (true)
        {
            if (!_input.TryRead(out var read))
            {
                if (!await TryFlushAsync()) return BodyEnd.SinkGone;
                read = await _input.ReadAsync();
            }

            if (read.IsCanceled)
            {
                _input.AdvanceTo(read.Buffer.Start);
                if (_isStopped) return BodyEnd.Stopped;
                if (_source.IsReadOverdue) return BodyEnd.SourceOverdue;
                continue;
            }

            var verdict = _scanner.Scan(read);
            if (read.IsCompleted && _scanner.EndsWithSource && _source.IsEndDoubtful) return BodyEnd.SourceGone;
            IsSourceDone = verdict.End is BodyEnd.Complete;
            if (verdict.HasTrailers) WriteTrailers(_scanner.Trailers);
            if (!await TryPassOnAsync(verdict.Part))
            {
                Untake(read.Buffer.Start);
                return BodyEnd.SinkGone;
            }

            WireBytes += verdict.Consumed;
            var consumed = read.Buffer.GetPosition(verdict.Consumed);
            _input.AdvanceTo(consumed, verdict.Consumed == 0 ? read.Buffer.End : consumed);
            if (verdict.End is { } end)
                return end != BodyEnd.Complete || await TryFinishAsync() ? end : BodyEnd.SinkGone;
            if (read.IsCompleted && verdict.Consumed == 0) return BodyEnd.SourceGone;
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> TryPassOnAsync(ReadOnlySequence<byte> part)
    {
        if (part.IsEmpty) return true;
        if (_scanner.Mode == PumpMode.UntilCloseToChunked) return await TryPassOnAsChunkAsync(part);
        if (_scanner.Mode == PumpMode.ChunkedToClose && part.Length <= GatheredPieceBytesMax)
            return Gather(part) < GatheredBytesMax || await TryFlushAsync();
        foreach (var memory in part)
        {
            if (!await TryWriteAsync(memory)) return false;
        }

        return true;
    }

    private ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> piece)
    {
        _hasUnflushed = false;
        return _output.TryWriteAsync(piece);
    }

    // The content of small chunks that came together leaves together; all of it before anything is waited for.
    private long Gather(in ReadOnlySequence<byte> part)
    {
        foreach (var memory in part) _output.Write(memory.Span);
        _hasUnflushed = true;
        return _output.UnflushedBytes;
    }

    private ValueTask<bool> TryPassOnAsChunkAsync(in ReadOnlySequence<byte> part)
    {
        Span<byte> size = stackalloc byte[18];
        Utf8Formatter.TryFormat(part.Length, size, out var digits, 'x');
        _output.Write(size[..digits]);
        _output.Write("\r\n"u8);
        foreach (var memory in part) _output.Write(memory.Span);
        _output.Write("\r\n"u8);
        _hasUnflushed = true;
        return TryFlushAsync();
    }

    private ValueTask<bool> TryFinishAsync()
    {
        if (_scanner.Mode == PumpMode.UntilCloseToChunked)
        {
            _output.Write("0\r\n\r\n"u8);
            _hasUnflushed = true;
        }

        return TryFlushAsync();
    }

    private void WriteTrailers(TrailerSection trailers)
    {
        foreach (ref var field in trailers.Fields)
        {
            if (trailers.IsAllowed(field, _head)) WriteTrailer(trailers, field);
        }

        _output.Write("\r\n"u8);
        _hasUnflushed = true;
    }

    // As received, but for blanks before the colon.                                                  RFC 9112 §5.1
    private void WriteTrailer(TrailerSection trailers, in Field field)
    {
        _output.Write(trailers[field.Name]);
        var afterName = trailers.Bytes[field.Name.End..field.LineEnd];
        _output.Write(afterName[afterName.IndexOf((byte)':')..]);
    }

    private ValueTask<bool> TryFlushAsync()
    {
        if (!_hasUnflushed) return new ValueTask<bool>(true);
        _hasUnflushed = false;
        return _output.TryFlushAsync();
    }
}
