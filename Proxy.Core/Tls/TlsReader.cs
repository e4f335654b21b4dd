using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// The decrypted bytes of an SslStream. While there are none, no buffer is held: it waits with a zero-byte read and
/// rents a block when there is something to decrypt. Unconsumed bytes stay in one piece.
/// </summary>
internal sealed class TlsReader(SslStream tls, WireStream wire) : PipeReader
{
    /// <summary>
    /// The most that a record carries. There is always this much room, so that nothing stays in SslStream.
    /// </summary>
    public const int RecordBytesMax = 16 * 1024;

    /// <summary>The size of a block.</summary>
    public const int BlockBytes = RecordBytesMax;

    /// <summary>The size of a block while the peer sends more than fits into a small one.</summary>
    public const int LargeBlockBytes = 64 * 1024;

    /// <summary>The most bytes that may be left unconsumed: far more than the largest head of a message.</summary>
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
        CheckForFin();
        if (_isFilling)
        {
            if (!_filling.IsCompleted) return false;
            EndFilling();
        }

        var isCanceled = wire.TakeReadCancel();
        if (!isCanceled && !HasUnexamined) return false;
        result = Result(isCanceled);
        return true;
    }

    /// <summary>The peer has ended TLS; what it sent before may be unread.</summary>
    public bool HasEnded => Volatile.Read(ref _isEnded);

    /// <summary>Starts to wait for a record if there is nothing to read; the next read continues the wait.</summary>
    public void CheckForFin()
    {
        if (!_isFilling && !HasUnexamined && !wire.IsReadCancelled) Keep(FillAsync());
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
            // The pending read then releases the block.
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
                // As intended.
            }
        }

        ReturnBlock();
    }

    /// <summary>
    /// Whether bytes that end without close_notify are incomplete. They are if a response may end with the connection;
    /// requests have a length, and many clients close without close_notify.
    /// </summary>
    public bool NeedsEnd { get; set; }

    private bool HasUnexamined => _isEnded || (_end > _start && !_isExamined);

    // A cancellation is reported only after the read that it cancels has released the block.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync()
    {
        while (true)
        {
            // This method owns it from here on: such a task may be awaited once.
            var filling = _isFilling ? _filling : FillAsync();
            (_isFilling, _isWaiting) = (false, true);
            try
            {
                await filling;
            }
            catch (WireCancelledException)
            {
                // The bytes read before are still there.
            }
            finally
            {
                _isWaiting = false;
            }

            var isCanceled = wire.TakeReadCancel();
            if (isCanceled || HasUnexamined) return Result(isCanceled);
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
            // The bytes read before are still there.
        }
    }

    private void Keep(ValueTask<bool> filling) => (_filling, _isFilling) = (filling, true);

    // SslStream reads only when it need not wait: it would keep a buffer, and allocate. False if cancelled.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (_fault is { } fault) throw new IOException(fault.Message, fault);
        if (!await wire.RecordAsync()) return false;

        // Servers send records of their own after the handshake: tickets, which contain nothing to read.
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
            // A record without data, such as a key update: what came before it must not wait for more.
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

    // Without close_notify an attacker may have cut the connection: what came before may be incomplete.
    private void End()
    {
        if (wire.HasEnded && NeedsEnd) throw new IOException("the connection was closed without close_notify");
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
            if (length >= UnconsumedBytesMax) throw new IOException("too many unread bytes");
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
