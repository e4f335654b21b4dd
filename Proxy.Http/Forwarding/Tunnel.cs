using System.Diagnostics;
using Proxy.Core.Transport;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Http.Forwarding;

/// <summary>
/// After 101: bytes in both directions, as they come, until both sides have ended. What one side ends is ended for the
/// other, which may still speak. It may be idle for days, so it keeps little: two connections, no buffer, and of the
/// exchange it came from only its host and what the access log will say.
/// </summary>
internal sealed class Tunnel(Connection client, Connection backend, Deadlines deadlines, TimeSpan idleMax)
{
    // Of the time that a stop may take, so much is left for the last tunnels to close in order.
    private const double SpreadShare = 0.9;
    private const double CloseMilliseconds = 500;

    // Below it, bringing bytes here and sending them costs less than having the kernel move them.
    private const int RelayedBytesMin = 16 * 1024;

    private long _endBy;
    private volatile bool _isOverdue;
    private volatile bool _isCut;
    private volatile bool _isSourceLost;
    private bool _hasEndedClient;
    private bool _hasEndedBackend;

    /// <summary>When the request had been read, in <see cref="Stopwatch"/> ticks.</summary>
    public required long StartedAt { get; init; }

    /// <summary>The host it was asked of.</summary>
    public required string? Host { get; init; }

    /// <summary>Counts what passes, as it passes.</summary>
    public required ExchangeMeter Meter { get; init; }

    /// <summary>What the access log will say; null when none is kept.</summary>
    public StoredEntry? Line { get; set; }

    public Connection Backend => backend;

    /// <summary>How the client's connection is to be ended.</summary>
    public Ending ClientEnding => EndingOf(_hasEndedClient);

    /// <summary>How the backend's connection is to be ended.</summary>
    public Ending BackendEnding => EndingOf(_hasEndedBackend);

    public TimeSpan TotalTime => Stopwatch.GetElapsedTime(StartedAt);

    /// <summary>Bytes that went from the backend to the client so far.</summary>
    public long BytesToClient { get; private set; }

    /// <summary>Bytes that went from the client to the backend so far.</summary>
    public long BytesToBackend { get; private set; }

    /// <summary>Who ended it, as the access log has it.</summary>
    public ReadOnlySpan<byte> End =>
        !_isOverdue ? _isCut ? "tunnel_cut"u8 : "ok"u8
            : Volatile.Read(ref _endBy) is > 0 and var endBy && deadlines.Now >= endBy ? "drained"u8
            : "timeout_tunnel"u8;

    /// <summary>Runs until both directions have ended; a proxy that is draining gives it its limit at once.</summary>
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
    /// Ends the tunnel at some moment within the limit, well before its end: so many clients that come back are not to
    /// come at once.
    /// </summary>
    public void Drain(TimeSpan limit)
    {
        var whole = limit.TotalMilliseconds;
        var spread = Math.Max(0, Math.Min(SpreadShare * whole, whole - CloseMilliseconds));
        Volatile.Write(ref _endBy, deadlines.Now + (long)(Random.Shared.NextDouble() * spread));
        Touch();
    }

    // Something passed: both sides have their whole idle time again.
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

    // What a lost side has sent is delivered before the other side sees its end.
    private Ending EndingOf(bool hasEnded) =>
        _isCut && !hasEnded ? Ending.Reset : _isCut || _isOverdue ? Ending.Delivered : Ending.None;

    /// <summary>
    /// Passes on what one side sends, to its end. When a side is lost, everything that it sent before is passed on;
    /// when it takes no more, only this direction ends, as it may have sent something that the other one has yet to
    /// pass on.
    /// </summary>
    private async Task CopyAsync(Connection from, Connection to)
    {
        try
        {
            while (true)
            {
                if (!from.Input.TryRead(out var read))
                {
                    if (IsInVain(to)) return;
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
                while (bytes >= RelayedBytesMin)
                {
                    var relayed = await from.SpliceAsync(to);
                    bytes = relayed.Bytes;
                    Count(to, bytes);
                    if (IsLast(relayed)) return;
                    Touch();
                }
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The source was lost, behind everything that it has sent.
        }

        // Nothing that the other side still sends can be passed on.
        _isCut = _isSourceLost = true;
        to.Input.CancelPendingRead();
    }

    // Whether there is no more to wait for: the source is lost, or the other side takes nothing.
    private bool IsInVain(Connection to)
    {
        if (_isSourceLost || !to.WasReset) return _isSourceLost;
        EndAtSink(to);
        return true;
    }

    private bool IsLast(SpliceResult relayed)
    {
        _isOverdue |= relayed.End.IsCanceled;
        _isCut |= relayed.End.IsCompleted;
        return relayed.End.IsCanceled || relayed.End.IsCompleted;
    }

    private void EndAtSink(Connection to)
    {
        if (to.IsWriteOverdue) _isOverdue = true;
        else _isCut = true;
    }

    // The side that has ended may still receive. Once it does not, the other side need not be read any more: it may be
    // silent for days, and the loss would never be noticed.
    private async ValueTask EndAsync(Connection from, Connection to)
    {
        await to.Output.CompleteAsync();
        if (to == client) _hasEndedClient = true;
        else _hasEndedBackend = true;
        var watch = new PeerWatch(isHalfCloseBounded: false);
        from.Watch = watch;
        watch.Begin(from, to);
    }

    // Each of the two numbers has one writer, the task that copies in its direction.
    private void Count(Connection to, long bytes)
    {
        if (to == client) BytesToClient += bytes;
        else BytesToBackend += bytes;
        var direction = to == client ? ExchangeCounter.TunnelBytesToClients : ExchangeCounter.TunnelBytesToBackends;
        Meter.Passed(client, direction, bytes);
    }
}
