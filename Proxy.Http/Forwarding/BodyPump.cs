using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Moves one body from one connection to another as it comes, out of the memory it was received in. Whatever is
/// written leaves before anything is waited for, and whatever came from the source is passed on before its loss is.
/// </summary>
/// <param name="reader">Reads the framing that the sender uses.</param>
/// <param name="writer">Writes the framing that the receiver understands.</param>
/// <param name="watch">Ends waits for the source on behalf of the receiver; null when it may not.</param>
internal sealed class BodyPump(BodyReader reader, BodyWriter writer, PeerWatch? watch = null)
{
    private const int GatheredPieceBytesMax = 2 * 1024;
    private const int GatheredBytesMax = 16 * 1024;
    private PipeReader _input = null!;
    private PipeWriter _output = null!;
    private Connection _source = null!;
    private Connection _sink = null!;
    private Head _head = null!;
    private bool _isSourceDone;
    private bool _hasUnflushed;
    private volatile bool _isStopped;
    private volatile bool _isAwaitingSource;

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

    /// <summary>Everything received was passed on, and the source is waited for.</summary>
    public bool IsAwaitingSource => _isAwaitingSource;

    /// <summary>The receiver can tell an incomplete body from a complete one, by its framing.</summary>
    public bool IsFramed => !reader.Plan.EndsWithReceiver();

    public void Reset()
    {
        (DataBytes, WireBytes, IsSourceDone, _isStopped, _isAwaitingSource) = (0, 0, false, false, false);
        reader.Begin(BodyPlan.None, 0);
    }

    /// <summary>Prepares for the body that follows a head.</summary>
    public void Begin(Connection from, Connection to, BodyPlan plan, Head head)
    {
        Reset();
        (_source, _input, _sink, _output) = (from, from.Input, to, to.Output);
        (_head, _hasUnflushed) = (head, true);
        reader.Begin(plan, head.Framing.Length, head is ResponseHead);
    }

    /// <summary>Makes the run end soon, if it waits for its source.</summary>
    public void Stop()
    {
        _isStopped = true;
        _input.CancelPendingRead();
    }

    /// <summary>
    /// Runs to the end of the body. What the output holds unflushed before goes out with its beginning, be it lost or
    /// not.
    /// </summary>
    public ValueTask<BodyEnd> RunAsync()
    {
        try
        {
            return TrySendWhole(out var end) ? end : FlowAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return EndAsync(BodyEnd.SourceGone);
        }
    }

    // Most bodies are here when they are wanted: such a one leaves at once, in one piece with its head.
    private bool TrySendWhole(out ValueTask<BodyEnd> end)
    {
        end = default;
        if (reader.Plan != BodyPlan.Length || !_input.TryRead(out var read)) return false;
        var here = read.Buffer.First;
        if (read.IsCanceled || here.Length < reader.Left)
        {
            _input.AdvanceTo(read.Buffer.Start);
            return false;
        }

        IsSourceDone = true;
        var behind = read.Buffer.GetPosition(reader.Left);
        var writing = TryWriteAsync(here[..(int)reader.Left]);
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

        DataBytes = WireBytes = reader.Left;
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
        BodyEnd end;
        try
        {
            end = reader.Plan == BodyPlan.None ? BodyEnd.Complete : Interruption() ?? await PumpAsync();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            EndWait();
            end = BodyEnd.SourceGone;
        }

        return _hasUnflushed ? await EndAsync(end) : end;
    }

    // What was written and not sent yet is not lost with the source.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> EndAsync(BodyEnd end) =>
        end == BodyEnd.SinkGone || await TryFlushAsync() ? end : BodyEnd.SinkGone;

    private BodyEnd? Interruption() =>
        _isStopped ? BodyEnd.Stopped : _source.IsReadOverdue ? BodyEnd.SourceOverdue : null;

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> PumpAsync()
    {
        while (true)
        {
            if (!_input.TryRead(out var read))
            {
                if (!await TryFlushAsync()) return BodyEnd.SinkGone;
                BeginWait();
                read = await _input.ReadAsync();
                EndWait();
            }

            if (read.IsCanceled)
            {
                _input.AdvanceTo(read.Buffer.Start);
                if (Interruption() is { } interruption) return interruption;
                if (watch is { IsOver: true }) return BodyEnd.Stopped;
                continue;
            }

            var verdict = reader.Scan(read);
            IsSourceDone = verdict.End is BodyEnd.Complete;
            if (!await TryPassOnAsync(verdict.Part))
            {
                Untake(read.Buffer.Start);
                return BodyEnd.SinkGone;
            }

            WireBytes += verdict.Consumed;
            DataBytes = reader.DataBytes;
            var consumed = read.Buffer.GetPosition(verdict.Consumed);
            _input.AdvanceTo(consumed, verdict.Consumed == 0 ? read.Buffer.End : consumed);
            if (verdict.End is { } end) return EndOf(end, verdict.HasTrailers);
            if (read.IsCompleted && verdict.Consumed == 0) return BodyEnd.SourceGone;
        }
    }

    private void BeginWait()
    {
        _isAwaitingSource = true;
        watch?.Begin(_sink, _source);
    }

    private void EndWait()
    {
        _isAwaitingSource = false;
        watch?.End();
    }

    // The source's end may be a reset that was reported elsewhere.
    private BodyEnd EndOf(BodyEnd end, bool hasTrailers)
    {
        if (end != BodyEnd.Complete) return end;
        if (reader.Plan.EndsWithSender() && _source.MayBeTruncated) return BodyEnd.SourceGone;
        if (hasTrailers) writer.WriteTrailers(_output, reader.Trailers, _head);
        else if (reader.Plan == BodyPlan.UntilCloseToChunked) writer.WriteEnd(_output);
        else return BodyEnd.Complete;
        _hasUnflushed = true;
        return BodyEnd.Complete;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> TryPassOnAsync(ReadOnlySequence<byte> part)
    {
        if (part.IsEmpty) return true;
        if (reader.Plan == BodyPlan.UntilCloseToChunked) return await TryPassOnAsChunkAsync(part);
        if (reader.Plan == BodyPlan.ChunkedToContent && part.Length <= GatheredPieceBytesMax)
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
        writer.WriteChunk(_output, part);
        _hasUnflushed = true;
        return TryFlushAsync();
    }

    private ValueTask<bool> TryFlushAsync()
    {
        if (!_hasUnflushed) return new ValueTask<bool>(true);
        _hasUnflushed = false;
        return _output.TryFlushAsync();
    }
}
