using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Proxy.Core.Linux;
using Proxy.Core.Transport.Buffers;

namespace Proxy.Core.Transport.Epoll;

/// <summary>A reader directly over <c>recv</c>. It holds memory only while there are bytes in it.</summary>
internal sealed class EpollReader(EpollConnection connection) : PipeReader, IValueTaskSource<ReadResult>, IWorkItem
{
    private PendingOperation<ReadResult> _pending = new(isReady: false);
    private ReceiveBuffer _buffer = new(connection.Loop.LargeBlocks);
    private TurnBudget _budget;
    private int _error;
    private bool _isEnded;
    private bool _isPeeking;
    private volatile bool _isCancelled;

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection was reset or aborted.</exception>
    public override bool TryRead(out ReadResult result)
    {
        var isThere = CanRead();
        result = isThere ? Result() : default;
        return isThere;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (CanRead()) return new ValueTask<ReadResult>(Result());
            _pending.Reset();
            if (TryWait()) return new ValueTask<ReadResult>(this, _pending.Version);
        }
    }

    /// <summary>Waits until there is something to receive, without receiving it.</summary>
    public ValueTask<ReadResult> ReadableAsync()
    {
        _isPeeking = true;
        return ReadAsync();
    }

    /// <summary>
    /// Moves what there is to receive into an empty pipe. Returns 0 when there is nothing, when the budget of this turn
    /// is spent, and when only a read can report what there is.
    /// </summary>
    public int Splice(KernelPipe pipe)
    {
        if (_isCancelled || connection.IsAborted || IsTurnOver() || !_pending.IsReady) return 0;
        _pending.ClearReady();
        var count = Kernel.Splice(connection.Descriptor, pipe.WriteEnd, PipePool.PipeBytes);
        if (count != -Kernel.Again) _pending.SetReady();
        _budget.SpendSplice(Math.Max(count, 0));

        // The kernel reports the loss of a connection once.
        if (count < 0 && count is not (-Kernel.Again or -Kernel.Interrupted or -Kernel.Invalid)) _error = -count;
        return Math.Max(count, 0);
    }

    public override void AdvanceTo(SequencePosition consumed) => _buffer.AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        _buffer.AdvanceTo(consumed, examined);

    public override void CancelPendingRead()
    {
        _isCancelled = true;
        OnReady();
    }

    public override void Complete(Exception? exception = null) => Release();

    /// <summary>There may be something to read now: bytes, the end of the stream, a cancellation or an abort.</summary>
    public void OnReady()
    {
        if (_pending.TrySignal()) Serve();
    }

    /// <summary>The other connections of the loop have had their turn.</summary>
    public void Run() => OnReady();

    /// <summary>Gives the memory back.</summary>
    public void Release() => _buffer.Release();

    public ReadResult GetResult(short token) => _pending.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _pending.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pending.OnCompleted(continuation, state, token, flags);

    /// <summary>Everything received was examined, and more may come.</summary>
    private bool NeedsBytes => _buffer.IsExamined && !_isEnded;

    // Whether there is a result; receives what there is, unless the caller only waits for it.
    private bool CanRead()
    {
        if (_isCancelled) return true;
        if (connection.IsAborted) throw new IOException("the connection was aborted");
        if (NeedsBytes && !IsTurnOver() && _pending.IsReady)
        {
            if (_isPeeking) return true;
            Receive();
        }

        if (_error != 0) throw new IOException(new SocketException(_error).Message);
        return !NeedsBytes;
    }

    private ReadResult Result()
    {
        var isCancelled = _isCancelled;
        if (isCancelled) _isCancelled = false;
        _isPeeking = false;
        return new(_buffer.Bytes, isCancelled, _isEnded);
    }

    private bool TryWait()
    {
        if (!IsTurnOver()) return _pending.TryWait();
        _pending.Wait();
        connection.Loop.Post(this);
        return true;
    }

    private bool IsTurnOver() => _budget.IsSpent(connection.Loop.Turn);

    private void Serve()
    {
        _budget.Renew();
        try
        {
            while (!CanRead())
            {
                if (TryWait()) return;
            }
        }
        catch (Exception e)    // of any kind: it belongs to the task that reads, which would otherwise wait forever
        {
            _pending.SetException(e);
            return;
        }

        _pending.SetResult(Result());
    }

    private void Receive()
    {
        var room = _buffer.GetRoom();
        _budget.SpendRead();
        _pending.ClearReady();
        var count = Kernel.Receive(connection.Descriptor, room);
        if (count > 0)
        {
            var isFull = count == room.Length;
            _buffer.Commit(count, isFull);

            // A partly filled read has emptied the kernel's queue; but the end of the stream may have come already, and
            // no further edge will report it.
            if (isFull || connection.HasReceivedFin) _pending.SetReady();
            return;
        }

        if (count == 0) _isEnded = true;
        else if (count == -Kernel.Interrupted) _pending.SetReady();
        else if (count != -Kernel.Again) _error = -count;
        if (_buffer.IsEmpty) Release();
    }
}
