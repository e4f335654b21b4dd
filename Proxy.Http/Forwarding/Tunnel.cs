using System.Diagnostics;
using Proxy.Core.Transport;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Http.Forwarding;

/// <summary>
/// A client and a backend connection after 101: bytes are forwarded in both directions until both sides have closed.
/// The half-close of one side is forwarded, and the other side may go on sending. A tunnel may be idle for days, so it
/// holds little memory: two connections, no buffer, and of its exchange only the host and the access log entry.
/// </summary>
internal sealed class Tunnel(Connection client, Connection backend, Deadlines deadlines, TimeSpan idleMax)
{
    // Tunnels close within this share of the drain limit, and this long before its end, so that all close in order.
    private const double SpreadShare = 0.9;
    private const double CloseMilliseconds = 500;

    // Below this size, reading and writing the bytes costs less than splicing them in the kernel.
    private const int SplicedBytesMin = 16 * 1024;

    private long _endBy;
    private volatile bool _isOverdue;
    private volatile bool _isBroken;
    private volatile bool _isSourceLost;
    private bool _hasEndedClient;
    private bool _hasEndedBackend;

    /// <summary>When the request head had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public required long StartedAt { get; init; }

    /// <summary>The requested host; null when it is unknown.</summary>
    public required string? Host { get; init; }

    /// <summary>Counts the bytes as they are forwarded.</summary>
    public required ExchangeMeter Meter { get; init; }

    /// <summary>The access log entry to complete at the end; null when the access log is off.</summary>
    public StoredEntry? LogEntry { get; set; }

    /// <summary>The backend's connection.</summary>
    public Connection Backend => backend;

    /// <summary>How to close the client's connection.</summary>
    public Ending ClientEnding => EndingOf(_hasEndedClient);

    /// <summary>How to close the backend's connection.</summary>
    public Ending BackendEnding => EndingOf(_hasEndedBackend);

    /// <summary>Time since the request head had been read.</summary>
    public TimeSpan TotalTime => Stopwatch.GetElapsedTime(StartedAt);

    /// <summary>Bytes forwarded from the backend to the client so far.</summary>
    public long BytesToClient { get; private set; }

    /// <summary>Bytes forwarded from the client to the backend so far.</summary>
    public long BytesToBackend { get; private set; }

    /// <summary>How the tunnel ended: its <c>outcome</c> in the access log, in ASCII.</summary>
    public ReadOnlySpan<byte> Outcome =>
        !_isOverdue ? _isBroken ? "tunnel_cut"u8 : "ok"u8
            : Volatile.Read(ref _endBy) is > 0 and var endBy && deadlines.Now >= endBy ? "drained"u8
            : "timeout_tunnel"u8;

    /// <summary>
    /// Forwards bytes until both directions have ended; <paramref name="drainLimit"/> is set if the proxy is draining.
    /// </summary>
    public async Task RunAsync(TimeSpan? drainLimit)
    {
        Touch();
        if (drainLimit is { } limit) Drain(limit);
        var toBackend = CopyAsync(client, backend);
        try
        {
            await CopyAsync(backend, client);
        }
        finally
        {
            await toBackend;
        }
    }

    /// <summary>
    /// Closes the tunnel at a random time before the limit, so that the clients of many tunnels do not all reconnect at
    /// the same moment.
    /// </summary>
    public void Drain(TimeSpan limit)
    {
        var whole = limit.TotalMilliseconds;
        var spread = Math.Max(0, Math.Min(SpreadShare * whole, whole - CloseMilliseconds));
        Volatile.Write(ref _endBy, deadlines.Now + (long)(Random.Shared.NextDouble() * spread));
        Touch();
    }

    // Restarts the idle timeout of both sides after bytes were forwarded.
    private void Touch()
    {
        var idleBy = deadlines.In(idleMax);
        var endBy = Volatile.Read(ref _endBy);
        var deadline = idleBy == 0 ? endBy : endBy == 0 ? idleBy : Math.Min(idleBy, endBy);
        if (deadline == 0) return;
        SetDeadline(client, deadline);
        SetDeadline(backend, deadline);
    }

    private static void SetDeadline(Connection connection, long deadline)
    {
        connection.ReadBy(deadline);
        connection.WriteBy(deadline);
    }

    // Everything that a lost side sent is delivered before the other side is closed.
    private Ending EndingOf(bool hasEnded) =>
        _isBroken && !hasEnded ? Ending.Reset : _isBroken || _isOverdue ? Ending.Delivered : Ending.None;

    /// <summary>
    /// Forwards the bytes of one side until it closes. If the source is lost, everything that it sent before is still
    /// forwarded. If the sink accepts no more bytes, only this direction ends, because the other direction may still
    /// have bytes from that side to forward.
    /// </summary>
    private async Task CopyAsync(Connection from, Connection to)
    {
        try
        {
            while (true)
            {
                if (!from.Input.TryRead(out var read))
                {
                    if (IsOver(to)) return;
                    read = await from.Input.ReadAsync();
                }

                if (read.IsCanceled && from.IsReadOverdue) _isOverdue = true;
                if (_isOverdue) return;
                foreach (var piece in read.Buffer)
                {
                    if (!await to.Output.TryWriteAsync(piece))
                    {
                        EndAtSink(to);
                        return;
                    }

                    Count(to, piece.Length);
                }

                var bytes = read.Buffer.Length;
                from.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    if (from.MayBeTruncated) break;
                    await EndAsync(from, to);
                    return;
                }

                Touch();
                while (bytes >= SplicedBytesMin)
                {
                    var spliced = await from.SpliceAsync(to);
                    bytes = spliced.Bytes;
                    Count(to, bytes);
                    if (IsLast(spliced)) return;
                    Touch();
                }
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The source was lost after everything that it sent was read.
        }

        // Bytes that the other side still sends cannot be forwarded any more.
        _isBroken = _isSourceLost = true;
        to.Input.CancelPendingRead();
    }

    // Whether waiting for more bytes is pointless: the source is lost, or the sink was reset.
    private bool IsOver(Connection to)
    {
        if (_isSourceLost || !to.WasReset) return _isSourceLost;
        EndAtSink(to);
        return true;
    }

    private bool IsLast(SpliceResult spliced)
    {
        _isOverdue |= spliced.End.IsCanceled;
        _isBroken |= spliced.End.IsCompleted;
        return spliced.End.IsCanceled || spliced.End.IsCompleted;
    }

    private void EndAtSink(Connection to)
    {
        if (to.IsWriteOverdue) _isOverdue = true;
        else _isBroken = true;
    }

    // The side that closed its sending half may still receive. The watch detects when it no longer does: the other side
    // may be silent for days, so no failing write would reveal the loss.
    private async ValueTask EndAsync(Connection from, Connection to)
    {
        await to.Output.CompleteAsync();
        if (to == client) _hasEndedClient = true;
        else _hasEndedBackend = true;
        var watch = new PeerWatch(isHalfCloseBounded: false);
        from.Watch = watch;
        watch.Begin(from, to);
    }

    // Each counter has one writer, the task that copies in its direction.
    private void Count(Connection to, long bytes)
    {
        if (to == client) BytesToClient += bytes;
        else BytesToBackend += bytes;
        var direction = to == client ? ExchangeCounter.TunnelBytesToClients : ExchangeCounter.TunnelBytesToBackends;
        Meter.CountTunnelBytes(client, direction, bytes);
    }
}
