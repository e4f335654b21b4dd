using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Proxy.Core.Async;
using Proxy.Core.Linux;
using Proxy.Core.Transport.Buffers;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// A writer directly over <c>send</c>. Small pieces are gathered in one block; memory given to
/// <see cref="WriteAsync"/> is sent from where it lies, after the block and in the same call. A flush completes when
/// the kernel has taken everything. A broken connection is reported as completed, not thrown.
/// </summary>
internal sealed class EpollWriter(EpollConnection connection) : PipeWriter, IValueTaskSource<FlushResult>
{
    private PendingOperation<FlushResult> _pending = new(isReady: true);
    private SendBuffer _buffer;
    private bool _isBroken;
    private bool _isRoomWanted;
    private volatile bool _isCancelled;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.GatheredBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _buffer.GetSpan(sizeHint);

    public override void Advance(int bytes) => _buffer.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => SendAsync();

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        _buffer.Add(source);
        return SendAsync();
    }

    /// <summary>Sends bytes that are in a pipe; everything else has been flushed.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<FlushResult> SpliceAsync(KernelPipe pipe, int bytes)
    {
        while (bytes > 0)
        {
            _isRoomWanted = true;
            var room = await SendAsync();
            _isRoomWanted = false;
            if (room.IsCanceled || room.IsCompleted) return room;
            _pending.ClearReady();
            var count = Kernel.Splice(pipe.ReadEnd, connection.Descriptor, bytes);
            if (count == -Kernel.Again) continue;
            _pending.SetReady();
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

    /// <summary>Closes this direction (half close): the peer sees the end after what was sent.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (!connection.IsAborted) _ = Kernel.ShutdownSend(connection.Descriptor);
    }

    /// <summary>Waits until a connect that is under way has succeeded or failed.</summary>
    public ValueTask<FlushResult> ConnectedAsync()
    {
        _pending.Reset();
        return _pending.TryWait() ? new ValueTask<FlushResult>(this, _pending.Version) : default;
    }

    /// <summary>Nothing can be sent before the first edge.</summary>
    public void BeginConnecting() => _pending.ClearReady();

    /// <summary>There may be room now, a cancellation or an abort.</summary>
    public void OnReady()
    {
        if (_pending.TrySignal()) Serve();
    }

    /// <summary>Gives the memory back.</summary>
    public void Release() => _buffer.Release();

    public FlushResult GetResult(short token) => _pending.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _pending.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pending.OnCompleted(continuation, state, token, flags);

    private ValueTask<FlushResult> SendAsync()
    {
        while (true)
        {
            if (TrySend(out var result)) return new ValueTask<FlushResult>(result);
            _pending.Reset();
            if (_pending.TryWait()) return new ValueTask<FlushResult>(this, _pending.Version);
        }
    }

    private bool HasWork => !_buffer.IsEmpty || _isRoomWanted;

    private void Serve()
    {
        FlushResult result;
        while (!TrySend(out result))
        {
            if (_pending.TryWait()) return;
        }

        _pending.SetResult(result);
    }

    private bool TrySend(out FlushResult result)
    {
        result = default;
        while (!_isBroken && !_isCancelled && !connection.IsAborted && HasWork)
        {
            if (!_pending.IsReady) return false;
            if (_isRoomWanted) break;
            _pending.ClearReady();
            var count = Send();
            if (count == -Kernel.Again) return false;
            _pending.SetReady();
            if (count >= 0) _buffer.Consume(count);
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
        var gathered = _buffer.Gathered;
        if (!_buffer.HasLent) return Kernel.Send(connection.Descriptor, gathered);
        return gathered.IsEmpty
            ? Kernel.Send(connection.Descriptor, _buffer.Lent)
            : Kernel.Send(connection.Descriptor, gathered, _buffer.Lent);
    }
}
