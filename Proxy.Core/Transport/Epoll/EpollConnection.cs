using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Proxy.Core.Async;
using Proxy.Core.Linux;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// A socket on an event loop. System calls are tried on the caller's thread; only waiting needs the loop. The
/// descriptor is closed by <see cref="DisposeAsync"/> alone, when nothing is under way any more.
/// </summary>
internal sealed class EpollConnection : Connection, IWatched
{
    private const uint Readable = Kernel.EpollEvent.In | Kernel.EpollEvent.ReadHangUp | Broken;
    private const uint Writable = Kernel.EpollEvent.Out | Broken;
    private const uint Broken = Kernel.EpollEvent.Error | Kernel.EpollEvent.HangUp;

    private const uint AllEvents = Kernel.EpollEvent.In | Kernel.EpollEvent.Out |
        Kernel.EpollEvent.ReadHangUp | Kernel.EpollEvent.EdgeTriggered;

    private readonly EpollReader _reader;
    private readonly EpollWriter _writer;
    private readonly Deadlines _deadlines;
    private readonly IPEndPoint _remote;
    private readonly int _slot;
    private bool _mayBeTruncated;
    private int _isClosed;
    private volatile bool _hasReceivedFin;
    private volatile bool _wasReset;
    private volatile bool _isAborted;

    /// <summary>Takes ownership of a descriptor; on failure it is closed.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The kernel does not watch it.</exception>
    public EpollConnection(
        int descriptor, IPEndPoint remote, EventLoop loop, Deadlines deadlines, bool isConnecting = false)
    {
        (Descriptor, Loop, _remote, _deadlines) = (descriptor, loop, remote, deadlines);
        _reader = new EpollReader(this);
        _writer = new EpollWriter(this);
        if (isConnecting) _writer.BeginConnecting();
        var slot = loop.Watch(descriptor, this, AllEvents);
        if (slot < 0) _ = Kernel.Close(descriptor);
        _slot = EventLoop.Checked(slot);
        deadlines.Add(this);
    }

    public uint Generation { get; set; }

    public int Descriptor { get; }

    public EventLoop Loop { get; }

    /// <summary>The gate in which it has a slot until it closes; null for a connection to a backend.</summary>
    public ConnectionGate? Gate { get; init; }

    public bool IsAborted => _isAborted;

    public override PipeReader Input => _reader;

    public override PipeWriter Output => _writer;

    public override EndPoint PeerEndPoint => _remote;

    public override int LoopIndex => Loop.Index;

    public override bool IsOnLoop => Loop.IsCurrent;

    public override bool MayBeTruncated => _mayBeTruncated;

    public override bool WasReset => _wasReset;

    /// <inheritdoc/>
    public override bool HasReceivedFin => _hasReceivedFin;

    /// <inheritdoc/>
    public override SendProgress SendProgress
    {
        get
        {
            Span<byte> info = stackalloc byte[TcpInfo.Bytes];
            var length = Kernel.TcpInformation(Descriptor, info);
            return TcpInfo.ProgressOf(info[..Math.Max(length, 0)]);
        }
    }

    public override Task YieldAsync()
    {
        var turn = new LoopYield();
        Loop.Post(turn);
        return turn.Task;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public override async ValueTask<SpliceResult> SpliceAsync(Connection to)
    {
        if (to is not EpollConnection receiver) return default;

        // An idle tunnel holds no pipe.
        var readable = await _reader.ReadableAsync();
        if (readable.IsCanceled)
            return new SpliceResult(0, new FlushResult(isCanceled: IsReadOverdue, isCompleted: false));
        if (Loop.Pipes.TryRent() is not { } pipe) return default;
        var (spliced, flushed) = (0L, default(FlushResult));
        var isEmpty = true;
        try
        {
            while (!flushed.IsCanceled && !flushed.IsCompleted && _reader.Splice(pipe) is > 0 and var count)
            {
                isEmpty = false;
                flushed = await receiver._writer.SpliceAsync(pipe, count);
                isEmpty = !flushed.IsCanceled && !flushed.IsCompleted;
                if (isEmpty) spliced += count;
            }
        }
        finally
        {
            Loop.Pipes.Return(pipe, isEmpty);
        }

        return new SpliceResult(spliced, flushed);
    }

    public void OnReady(uint events)
    {
        if ((events & (Kernel.EpollEvent.ReadHangUp | Broken)) != 0) _hasReceivedFin = true;
        if ((events & Broken) != 0) OnReset();
        if ((events & Writable) != 0) _writer.OnReady();
        if ((events & Readable) != 0) _reader.OnReady();
    }

    /// <summary>Records a failed send; EPIPE means that the peer's end came before its reset.</summary>
    public void FailSending(int error) => _mayBeTruncated |= error != Kernel.BrokenPipe;

    private void OnReset()
    {
        _wasReset = true;
        Watch?.OnReset();
    }

    public override void Abort()
    {
        _isAborted = true;
        _writer.OnReady();
        _reader.OnReady();
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1) return ValueTask.CompletedTask;
        _deadlines.Remove(this);
        Loop.ReleaseSlot(_slot);
        if (_isAborted) _ = Kernel.ResetOnClose(Descriptor);
        _isAborted = true;
        _ = Kernel.Close(Descriptor);
        _reader.Release();
        _writer.Release();
        Gate?.Remove(_remote);
        Gate?.Leave();
        return ValueTask.CompletedTask;
    }
}
