using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>How the transfer of a body ended.</summary>
internal enum BodyEnd : byte
{
    /// <summary>The whole body was forwarded.</summary>
    Complete,

    /// <summary>The sender closed or reset its connection before the end of the body.</summary>
    SourceGone,

    /// <summary>The sender violated the chunked coding.</summary>
    SourceMalformed,

    /// <summary>The sender exceeded its read deadline.</summary>
    SourceOverdue,

    /// <summary>The receiver does not accept more bytes.</summary>
    SinkGone,

    /// <summary><see cref="BodyPump.Stop"/> was called, or the watch on the receiver has fired.</summary>
    Stopped,
}

/// <summary>
/// Forwards one body from one connection to another as it arrives, without copying it out of the receive buffer. Bytes
/// that were written are flushed before the pump waits for anything, and bytes received from the source are forwarded
/// before its loss is reported.
/// </summary>
/// <param name="reader">Parses the framing of the sender.</param>
/// <param name="writer">Writes the framing for the receiver.</param>
/// <param name="watch">Ends waits for the source when the receiver disconnects; null to ignore that.</param>
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

    /// <summary>Bytes of content forwarded, framing excluded.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Bytes consumed from the source, framing included.</summary>
    public long WireBytes { get; private set; }

    /// <summary>
    /// Whether the whole body has been read from the source; its last bytes may not have been written yet.
    /// </summary>
    public bool IsSourceDone
    {
        get => Volatile.Read(ref _isSourceDone);
        private set => Volatile.Write(ref _isSourceDone, value);
    }

    /// <summary>Whether everything received was forwarded and the pump waits for the source.</summary>
    public bool IsAwaitingSource => _isAwaitingSource;

    /// <summary>Whether the framing lets the receiver detect an incomplete body.</summary>
    public bool IsFramed => !reader.Plan.EndsWithReceiver();

    /// <summary>Resets the counters and flags, for an exchange without a body.</summary>
    public void Reset()
    {
        (DataBytes, WireBytes, IsSourceDone, _isStopped, _isAwaitingSource) = (0, 0, false, false, false);
        reader.Begin(BodyPlan.None, 0);
    }

    /// <summary>Prepares for the body that follows <paramref name="head"/>.</summary>
    public void Begin(Connection from, Connection to, BodyPlan plan, Head head)
    {
        Reset();
        (_source, _input, _sink, _output) = (from, from.Input, to, to.Output);
        (_head, _hasUnflushed) = (head, true);
        reader.Begin(plan, head.Framing.Length, head is ResponseHead);
    }

    /// <summary>Ends the run early if it waits for its source.</summary>
    public void Stop()
    {
        _isStopped = true;
        _input.CancelPendingRead();
    }

    /// <summary>
    /// Forwards the body to its end. Unflushed bytes in the output, usually the head, are sent with the first bytes of
    /// the body, or alone if the source is lost before them.
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

    // Most bodies have been received when the head is forwarded: such a body is sent at once, together with its head.
    private bool TrySendWhole(out ValueTask<BodyEnd> end)
    {
        end = default;
        if (reader.Plan != BodyPlan.Length || !_input.TryRead(out var read)) return false;
        var received = read.Buffer.First;
        if (read.IsCanceled || received.Length < reader.Left)
        {
            _input.AdvanceTo(read.Buffer.Start);
            return false;
        }

        IsSourceDone = true;
        var after = read.Buffer.GetPosition(reader.Left);
        var writing = TryWriteAsync(received[..(int)reader.Left]);
        end = writing.IsCompletedSuccessfully
            ? new ValueTask<BodyEnd>(EndWhole(writing.Result, read.Buffer.Start, after))
            : SendWholeAsync(writing, read.Buffer.Start, after);
        return true;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<BodyEnd> SendWholeAsync(
        ValueTask<bool> writing, SequencePosition start, SequencePosition after) =>
        EndWhole(await writing, start, after);

    private BodyEnd EndWhole(bool isSent, SequencePosition start, SequencePosition after)
    {
        if (!isSent)
        {
            ReturnUnsent(start);
            return BodyEnd.SinkGone;
        }

        DataBytes = WireBytes = reader.Left;
        _input.AdvanceTo(after);
        return BodyEnd.Complete;
    }

    // The receiver did not accept the bytes, so they stay unread in the input: a retry may send them to another one.
    private void ReturnUnsent(SequencePosition start)
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

    // Bytes written but not yet sent must not be lost with the source.
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
            if (!await TryForwardAsync(verdict.Part))
            {
                ReturnUnsent(read.Buffer.Start);
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

    // A body that ends with the connection is complete only if the connection was closed in order.
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
    private async ValueTask<bool> TryForwardAsync(ReadOnlySequence<byte> part)
    {
        if (part.IsEmpty) return true;
        if (reader.Plan == BodyPlan.UntilCloseToChunked) return await TryForwardAsChunkAsync(part);
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

    // The content of small chunks received together is sent together, at the latest before the pump waits.
    private long Gather(in ReadOnlySequence<byte> part)
    {
        foreach (var memory in part) _output.Write(memory.Span);
        _hasUnflushed = true;
        return _output.UnflushedBytes;
    }

    private ValueTask<bool> TryForwardAsChunkAsync(in ReadOnlySequence<byte> part)
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
