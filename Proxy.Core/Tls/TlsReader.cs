using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// The decrypted bytes of an SslStream. While there are none, no buffer is held: it waits by a read into nothing and
/// rents a block when there is something to put into it. What is not consumed stays in one piece.
/// </summary>
internal sealed class TlsReader(SslStream tls, WireStream wire) : PipeReader
{
    /// <summary>The most that a record carries. There is always so much room that nothing stays in SslStream.</summary>
    public const int RecordBytesMax = 16 * 1024;

    /// <summary>The size of a block.</summary>
    public const int BlockBytes = RecordBytesMax;

    /// <summary>The size of a block while the peer sends more than fits into a small one.</summary>
    public const int LargeBlockBytes = 64 * 1024;

    /// <summary>Bytes that may be left unconsumed: far beyond what any message's head may have.</summary>
    public const int UnconsumedBytesMax = 1024 * 1024;

    private byte[]? _block;
    private int _start;
    private int _end;
    private int _nextBlockBytes = BlockBytes;
    private bool _isExamined;
    private bool _isEnded;
    private bool _isFilling;
    private bool _isWaiting;
    private ValueTask<bool> _filling;
    private Exception? _fault;

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        LookForEnd();
        if (_isFilling)
        {
            if (!_filling.IsCompleted) return false;
            EndFilling();
        }

        var isCanceled = wire.TakeReadCancel();
        if (!isCanceled && !HasNews) return false;
        result = Result(isCanceled);
        return true;
    }

    /// <summary>The peer has ended TLS; what it sent before may not have been read yet.</summary>
    public bool HasEnded => Volatile.Read(ref _isEnded);

    /// <summary>Begins to wait for a record if there is nothing to read; the next read goes on with it.</summary>
    public void LookForEnd()
    {
        if (!_isFilling && !HasNews && !wire.IsReadCancelled) Keep(FillAsync());
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead(out var result) ? new ValueTask<ReadResult>(result) : WaitAsync();

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_block is null)
        {
            _isExamined = true;
            return;
        }

        _start = consumed.GetInteger();
        _isExamined = examined.GetInteger() == _end;
        if (_start == _end) ReturnBlock();
    }

    public override void CancelPendingRead() => wire.CancelRead();

    public override void Complete(Exception? exception = null)
    {
        if (!_isFilling && !_isWaiting) ReturnBlock();
    }

    /// <summary>Ends a read that is under way, so that nothing is read any more.</summary>
    public async ValueTask StopAsync()
    {
        if (_isWaiting)
        {
            // Whoever waits lets go of the block.
            wire.CancelRead();
            return;
        }

        if (_isFilling)
        {
            var filling = _filling;
            _isFilling = false;
            wire.CancelRead();
            try
            {
                await filling;
            }
            catch (Exception e) when (ConnectionLoss.Is(e))
            {
                // As it should.
            }
        }

        ReturnBlock();
    }

    /// <summary>
    /// Whether bytes that end without the end of TLS are incomplete. They are where an answer may be as long as the
    /// connection; requests tell their length, and many clients just go.
    /// </summary>
    public bool NeedsEnd { get; set; }

    private bool HasNews => _isEnded || (_end > _start && !_isExamined);

    // Nothing is told of a cancellation before what it cancels has let go of the block.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync()
    {
        while (true)
        {
            // It is this method's from here on: a task like this may be waited for once.
            var filling = _isFilling ? _filling : FillAsync();
            (_isFilling, _isWaiting) = (false, true);
            try
            {
                await filling;
            }
            catch (WireCancelledException)
            {
                // What was there before is there still.
            }
            finally
            {
                _isWaiting = false;
            }

            var isCanceled = wire.TakeReadCancel();
            if (isCanceled || HasNews) return Result(isCanceled);
        }
    }

    private void EndFilling()
    {
        _isFilling = false;
        try
        {
            _filling.GetAwaiter().GetResult();
        }
        catch (WireCancelledException)
        {
            // What was there before is there still.
        }
    }

    private void Keep(ValueTask<bool> filling) => (_filling, _isFilling) = (filling, true);

    // SslStream is asked when it need not wait: it would keep a buffer, and make garbage. False when cancelled.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (_fault is { } fault) throw new IOException(fault.Message, fault);
        if (!await wire.RecordAsync()) return false;

        // Servers send records of their own when the handshake is over: tickets, which are nothing to read.
        if (NeedsEnd && _start == _end && await tls.ReadAsync(Memory<byte>.Empty) > 0) throw new UnreachableException();
        var before = _end - _start;
        _isExamined = false;
        try
        {
            do
            {
                var count = await tls.ReadAsync(Room());
                _end += count;
                if (count == 0) End();
                wire.MayNotWait = true;
            }
            while (!_isEnded && _block!.Length - _end >= RecordBytesMax && wire.HasRecord());
        }
        catch (WireCancelledException) when (_end - _start > before)
        {
            // A record that carried nothing, as one that changes keys: what came before it must not wait for more.
        }
        catch (Exception e) when (_end - _start > before)
        {
            // Bytes of whole records came before the loss of the connection: they are read first.
            _fault = e;
        }
        finally
        {
            wire.MayNotWait = false;
            if (_start == _end) ReturnBlock();
        }

        _nextBlockBytes = _end - _start - before >= RecordBytesMax ? LargeBlockBytes : BlockBytes;
        return true;
    }

    // Without TLS's own end somebody else may have cut the connection: what came before may not be all.
    private void End()
    {
        if (wire.HasEnded && NeedsEnd) throw new IOException("the connection ended without the end of TLS");
        Volatile.Write(ref _isEnded, true);
    }

    private Memory<byte> Room()
    {
        if (_block is null) (_block, _start, _end) = (ArrayPool<byte>.Shared.Rent(_nextBlockBytes), 0, 0);
        else if (_block.Length - _end < RecordBytesMax) MakeRoom(_block);
        return _block.AsMemory(_end);
    }

    private void MakeRoom(byte[] full)
    {
        var length = _end - _start;
        if (full.Length - length < RecordBytesMax)
        {
            if (length >= UnconsumedBytesMax) throw new IOException("too many bytes are left unread");
            _block = ArrayPool<byte>.Shared.Rent(2 * full.Length);
        }

        full.AsSpan(_start, length).CopyTo(_block);
        (_start, _end) = (0, length);
        if (_block != full) ArrayPool<byte>.Shared.Return(full);
    }

    private ReadResult Result(bool isCanceled)
    {
        var bytes = _block is null
            ? ReadOnlySequence<byte>.Empty
            : new ReadOnlySequence<byte>(_block, _start, _end - _start);
        return new ReadResult(bytes, isCanceled, _isEnded);
    }

    private void ReturnBlock()
    {
        if (_block is { } block) ArrayPool<byte>.Shared.Return(block);
        (_block, _start, _end) = (null, 0, 0);
    }
}
