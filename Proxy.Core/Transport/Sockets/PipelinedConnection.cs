using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Proxy.Core.Transport.Sockets;

/// <summary>A socket with two pipes of Pipelines.Sockets.Unofficial.</summary>
internal sealed class PipelinedConnection : Connection
{
    private const int ReadBlockBytes = 16 * 1024;

    // Nothing more is received before what was received has been examined: a reset ends the pipe with an exception,
    // which would discard the bytes that are still in the pipe.
    private static readonly PipeOptions ReceiveOptions = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1, resumeWriterThreshold: 1,
        minimumSegmentSize: ReadBlockBytes, useSynchronizationContext: false);

    // A flush waits until the kernel has taken the bytes: a slow peer causes back-pressure at once, and closing loses
    // nothing.
    private static readonly PipeOptions SendOptions = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1, resumeWriterThreshold: 1,
        minimumSegmentSize: ReadBlockBytes, useSynchronizationContext: false);

    private readonly SocketConnection _pipes;
    private readonly Deadlines _deadlines;
    private int _isClosed;

    public PipelinedConnection(Socket socket, Deadlines deadlines)
    {
        _deadlines = deadlines;
        PeerEndPoint = socket.RemoteEndPoint!;

        // A zero-byte read first costs a tenth of the CPU, but an idle connection holds no block.
        const SocketConnectionOptions Options = SocketConnectionOptions.InlineReads |
            SocketConnectionOptions.InlineWrites | SocketConnectionOptions.ZeroLengthReads;
        _pipes = SocketConnection.Create(socket, SendOptions, ReceiveOptions, Options);
        deadlines.Add(this);
    }

    public override PipeReader Input => _pipes.Input;

    public override PipeWriter Output => _pipes.Output;

    public override EndPoint PeerEndPoint { get; }

    /// <inheritdoc/>
    public override bool HasReceivedFin
    {
        get
        {
            if (_pipes.ShutdownKind is PipeShutdownKind.ReadEndOfStream or PipeShutdownKind.ReadSocketError or
                PipeShutdownKind.PipeDisposed)
            {
                return true;
            }

            Span<byte> info = stackalloc byte[TcpInfo.Bytes];
            return TcpInfo.HasEnded(InformationIn(info));
        }
    }

    /// <inheritdoc/>
    public override bool WasReset
    {
        get
        {
            Span<byte> info = stackalloc byte[TcpInfo.Bytes];
            return TcpInfo.IsClosed(InformationIn(info));
        }
    }

    /// <inheritdoc/>
    public override SendProgress SendProgress
    {
        get
        {
            Span<byte> info = stackalloc byte[TcpInfo.Bytes];
            return TcpInfo.ProgressOf(InformationIn(info));
        }
    }

    // Nearly always: rarely the end is seen before the failure has been recorded.
    public override bool MayBeTruncated => _pipes.ShutdownKind == PipeShutdownKind.WriteSocketError;

    public override void Abort()
    {
        if (!TryClose()) return;
        try
        {
            // The pipes would first end the stream in order, and the peer would consider it complete.
            _pipes.Socket.LingerState = new LingerOption(true, 0);
            _pipes.Socket.Close(0);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The socket is closed already: nothing is left to reset.
        }

        _pipes.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        if (TryClose()) _pipes.Dispose();
        return ValueTask.CompletedTask;
    }

    // Empty if the kernel does not report it: another system, another kind of socket, or a closed one.
    private ReadOnlySpan<byte> InformationIn(Span<byte> info)
    {
        try
        {
            return info[.._pipes.Socket.GetRawSocketOption(TcpInfo.Level, TcpInfo.Option, info)];
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return default;
        }
    }

    private bool TryClose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1) return false;
        _deadlines.Remove(this);
        return true;
    }
}
