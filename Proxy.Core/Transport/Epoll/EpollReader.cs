using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// A reader straight over <c>recv</c>. It holds memory only while there are bytes in it, in one piece, so that a head
/// can be parsed in one span.
/// </summary>
internal sealed class EpollReader(EpollConnection connection) : PipeReader, IValueTaskSource<ReadResult>, IWorkItem
{
    /// <summary>
    /// Bytes received and not consumed; a head, the most that is looked at whole, is an eighth of it.
    /// </summary>
    public const int HeldBytesMax = 512 * 1024;

    private const int BlockBytesMin = 16 * 1024;
    private const int BlockBytesMid = 64 * 1024;

    // After so many reads that needed no waiting, the others on the loop have their turn.
    private const int ReadsPerTurn = 8;

    // So much through a pipe counts as one more read. Less a turn is dearer: receivers are woken more often.
    private const int SplicedBytesPerRead = 512 * 1024;

    private ManualResetValueTaskSourceCore<ReadResult> _pending;
    private byte[]? _block;
    private int _start;
    private int _examined;
    private int _end;
    private int _blockBytes = BlockBytesMin;
    private int _turn;
    private int _readsInTurn;
    private int _state;
    private int _error;
    private bool _isEnded;
    private bool _isLarge;
    private bool _wasFull;
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

    /// <summary>Waits for something to receive, and does not receive it.</summary>
    public ValueTask<ReadResult> ReadableAsync()
    {
        _isPeeking = true;
        return ReadAsync();
    }

    /// <summary>
    /// Moves what there is to receive into an empty pipe. 0 when that is nothing, when others have their turn, or when
    /// there is something that only reading can tell.
    /// </summary>
    public int Splice(KernelPipe pipe)
    {
        if (_isCancelled || connection.IsAborted || IsTurnOver() || Volatile.Read(ref _state) != Readiness.Ready)
            return 0;
        Interlocked.Exchange(ref _state, Readiness.NotReady);
        var count = Kernel.Splice(connection.Descriptor, pipe.WriteEnd, PipePool.PipeBytes);
        if (count != -Kernel.Again) Volatile.Write(ref _state, Readiness.Ready);
        _readsInTurn += 1 + (Math.Max(count, 0) / SplicedBytesPerRead);

        // The kernel tells the loss of a connection once.
        if (count < 0 && count is not (-Kernel.Again or -Kernel.Interrupted or -Kernel.Invalid)) _error = -count;
        return Math.Max(count, 0);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        (_start, _examined) = (consumed.GetInteger(), examined.GetInteger());
        if (_start == _end) Release();
    }

    public override void CancelPendingRead()
    {
        _isCancelled = true;
        OnReady();
    }

    public override void Complete(Exception? exception = null) => Release();

    /// <summary>There may be something to read now: bytes, an end, a cancellation or an abort.</summary>
    public void OnReady()
    {
        if (Volatile.Read(ref _state) == Readiness.Ready) return;
        if (Interlocked.Exchange(ref _state, Readiness.Ready) == Readiness.Waiting) Serve();
    }

    /// <summary>The turn that was given to others is over.</summary>
    public void Run() => OnReady();

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        if (_block is null) return;
        Return(_block);
        _block = null;
        _start = _examined = _end = 0;
    }

    public ReadResult GetResult(short token) => _pending.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _pending.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pending.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    /// <summary>All that was received has been looked at, and more may come.</summary>
    private bool IsHungry => _examined == _end && !_isEnded;

    // Whether there is a result; receives what there is, unless that is only to be waited for.
    private bool CanRead()
    {
        if (_isCancelled) return true;
        if (connection.IsAborted) throw new IOException("the connection was aborted");
        if (IsHungry && !IsTurnOver() && Volatile.Read(ref _state) == Readiness.Ready)
        {
            if (_isPeeking) return true;
            Receive();
        }

        if (_error != 0) throw new IOException(new SocketException(_error).Message);
        return !IsHungry;
    }

    private ReadResult Result()
    {
        var isCancelled = _isCancelled;
        if (isCancelled) _isCancelled = false;
        _isPeeking = false;
        return new(new ReadOnlySequence<byte>(_block ?? [], _start, _end - _start), isCancelled, _isEnded);
    }

    private bool TryWait()
    {
        if (!IsTurnOver())
            return Interlocked.CompareExchange(ref _state, Readiness.Waiting, Readiness.NotReady) == Readiness.NotReady;
        Interlocked.Exchange(ref _state, Readiness.Waiting);
        connection.Loop.Post(this);
        return true;
    }

    private bool IsTurnOver()
    {
        if (_turn == connection.Loop.Turn) return _readsInTurn >= ReadsPerTurn;
        _turn = connection.Loop.Turn;
        _readsInTurn = 0;
        return false;
    }

    private void Serve()
    {
        _readsInTurn = 0;
        try
        {
            while (!CanRead())
            {
                if (TryWait()) return;
            }
        }
        catch (Exception e)    // whatever it is, it belongs to who waits, who would wait for ever
        {
            _pending.SetException(e);
            return;
        }

        _pending.SetResult(Result());
    }

    private void Receive()
    {
        var room = Room();
        _readsInTurn++;
        Interlocked.Exchange(ref _state, Readiness.NotReady);
        var count = Kernel.Receive(connection.Descriptor, room);
        if (count > 0)
        {
            _end += count;
            var isFull = count == room.Length;
            Adapt(count, isFull);

            // A part-filled read has emptied the kernel; but the end of the stream may be there already, and no edge
            // will tell a second time.
            if (isFull || connection.HasReceivedFin) Volatile.Write(ref _state, Readiness.Ready);
            return;
        }

        if (count == 0) _isEnded = true;
        else if (count == -Kernel.Interrupted) Volatile.Write(ref _state, Readiness.Ready);
        else if (count != -Kernel.Again) _error = -count;
        if (_start == _end) Release();
    }

    // What comes together should fit into one block. Little that follows on a full one is only its rest.
    private void Adapt(int count, bool isFull)
    {
        if (isFull) _blockBytes = _blockBytes == BlockBytesMin ? BlockBytesMid : LargeBlocks.BlockBytes;
        else if (count < BlockBytesMin && !_wasFull) _blockBytes = BlockBytesMin;
        _wasFull = isFull;
    }

    private Span<byte> Room()
    {
        if (_block is null)
        {
            _block = _blockBytes == LargeBlocks.BlockBytes ? connection.Loop.LargeBlocks.TryRent() : null;
            _isLarge = _block is not null;
            _block ??= ArrayPool<byte>.Shared.Rent(Math.Min(_blockBytes, BlockBytesMid));
        }
        else if (_end == _block.Length)
        {
            MakeRoom(_block);
        }

        return _block.AsSpan(_end);
    }

    private void MakeRoom(byte[] full)
    {
        var held = full.AsSpan(_start, _end - _start);
        if (_start == 0)
        {
            if (full.Length >= HeldBytesMax) throw new InvalidOperationException("the reader consumes nothing");
            _block = ArrayPool<byte>.Shared.Rent(2 * full.Length);
        }

        held.CopyTo(_block);
        (_start, _examined, _end) = (0, _examined - _start, held.Length);
        if (_block != full) Return(full);
    }

    private void Return(byte[] block)
    {
        if (_isLarge) connection.Loop.LargeBlocks.Return(block);
        else ArrayPool<byte>.Shared.Return(block);
        _isLarge = false;
    }
}
