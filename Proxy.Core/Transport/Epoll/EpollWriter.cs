using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Proxy.Core.Async;
using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// A writer straight over <c>send</c>. What is written piece by piece is gathered in one block; memory that is handed
/// over by <see cref="WriteAsync"/> is sent from where it lies, behind the block and in the same call. A flush is over
/// when the kernel has everything. A broken connection is told as completed, not thrown.
/// </summary>
internal sealed class EpollWriter(EpollConnection connection) : PipeWriter, IValueTaskSource<FlushResult>
{
    private const int BlockBytes = 4 * 1024;

    // Up to here a copy is cheaper than a second piece in the system call.
    private const int CopiedBytesMax = 2 * 1024;

    private ManualResetValueTaskSourceCore<FlushResult> _pending;
    private ReadOnlyMemory<byte> _lent;
    private byte[]? _block;
    private int _sent;
    private int _written;
    private int _state = Readiness.Ready;
    private bool _isBroken;
    private bool _isRoomWanted;
    private volatile bool _isCancelled;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written - _sent;

    public override Memory<byte> GetMemory(int sizeHint = 0) => Block(sizeHint).AsMemory(_written);

    public override Span<byte> GetSpan(int sizeHint = 0) => Block(sizeHint).AsSpan(_written);

    public override void Advance(int bytes) => _written += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => SendAsync();

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.Length <= CopiedBytesMax && _written > _sent)
        {
            source.CopyTo(GetMemory(source.Length));
            _written += source.Length;
        }
        else
        {
            _lent = source;
        }

        return SendAsync();
    }

    /// <summary>Sends so many bytes that are in a pipe; all else has been flushed.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<FlushResult> SpliceAsync(KernelPipe pipe, int bytes)
    {
        while (bytes > 0)
        {
            _isRoomWanted = true;
            var room = await SendAsync();
            _isRoomWanted = false;
            if (room.IsCanceled || room.IsCompleted) return room;
            Interlocked.Exchange(ref _state, Readiness.NotReady);
            var count = Kernel.Splice(pipe.ReadEnd, connection.Descriptor, bytes);
            if (count == -Kernel.Again) continue;
            Volatile.Write(ref _state, Readiness.Ready);
            if (count > 0) bytes -= count;
            else if (count != -Kernel.Interrupted) Break(-count);
        }

        return default;
    }

    public override void CancelPendingFlush()
    {
        _isCancelled = true;
        OnReady();
    }

    /// <summary>A half close: the peer sees the end behind what was sent.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (!connection.IsAborted) _ = Kernel.ShutdownSend(connection.Descriptor);
    }

    /// <summary>Waits until a connect that is under way has ended, well or not.</summary>
    public ValueTask<FlushResult> ConnectedAsync()
    {
        _pending.Reset();
        return Interlocked.CompareExchange(ref _state, Readiness.Waiting, Readiness.NotReady) == Readiness.NotReady
            ? new ValueTask<FlushResult>(this, _pending.Version)
            : default;
    }

    /// <summary>Nothing can be sent before the first edge.</summary>
    public void BeginConnecting() => _state = Readiness.NotReady;

    /// <summary>There may be room now, or a cancellation, or an abort.</summary>
    public void OnReady()
    {
        if (Volatile.Read(ref _state) == Readiness.Ready) return;
        if (Interlocked.Exchange(ref _state, Readiness.Ready) == Readiness.Waiting) Serve();
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        _lent = default;
        _sent = _written = 0;
        if (_block is null) return;
        ArrayPool<byte>.Shared.Return(_block);
        _block = null;
    }

    public FlushResult GetResult(short token) => _pending.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _pending.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pending.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    private ValueTask<FlushResult> SendAsync()
    {
        while (true)
        {
            if (TrySend(out var result)) return new ValueTask<FlushResult>(result);
            _pending.Reset();
            if (TryWait()) return new ValueTask<FlushResult>(this, _pending.Version);
        }
    }

    private bool HasWork => _written > _sent || !_lent.IsEmpty || _isRoomWanted;

    private void Serve()
    {
        FlushResult result;
        while (!TrySend(out result))
        {
            if (TryWait()) return;
        }

        _pending.SetResult(result);
    }

    private bool TryWait() =>
        Interlocked.CompareExchange(ref _state, Readiness.Waiting, Readiness.NotReady) == Readiness.NotReady;

    private bool TrySend(out FlushResult result)
    {
        result = default;
        while (!_isBroken && !_isCancelled && !connection.IsAborted && HasWork)
        {
            if (Volatile.Read(ref _state) != Readiness.Ready) return false;
            if (_isRoomWanted) break;
            Interlocked.Exchange(ref _state, Readiness.NotReady);
            var count = Send();
            if (count == -Kernel.Again) return false;
            Volatile.Write(ref _state, Readiness.Ready);
            if (count >= 0) Consume(count);
            else if (count != -Kernel.Interrupted) Break(-count);
        }

        result = new FlushResult(_isCancelled, _isBroken || connection.IsAborted);
        _isCancelled = false;
        Release();
        return true;
    }

    private void Break(int error)
    {
        _isBroken = true;
        connection.FailSending(error);
    }

    private int Send()
    {
        var block = _block.AsSpan(_sent, _written - _sent);
        if (_lent.IsEmpty) return Kernel.Send(connection.Descriptor, block);
        return block.IsEmpty
            ? Kernel.Send(connection.Descriptor, _lent.Span)
            : Kernel.Send(connection.Descriptor, block, _lent.Span);
    }

    private void Consume(int count)
    {
        var ofBlock = Math.Min(count, _written - _sent);
        _sent += ofBlock;
        _lent = _lent[(count - ofBlock)..];
    }

    private byte[] Block(int sizeHint)
    {
        var needed = _written + Math.Max(sizeHint, 1);
        if (_block is null) return _block = ArrayPool<byte>.Shared.Rent(Math.Max(needed, BlockBytes));
        if (needed <= _block.Length) return _block;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _block.Length));
        _block.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_block);
        return _block = larger;
    }
}
