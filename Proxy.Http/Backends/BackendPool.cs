using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;

namespace Proxy.Http.Backends;

/// <summary>The result of renting a backend connection: the connection, or the failure and its detail.</summary>
internal readonly record struct Rented(BackendConnection? Connection, Failure Failure, string? Detail);

/// <summary>
/// A pool of idle backend connections by address. The most recently used one is rented first, because the backend is
/// least likely to have closed it. Each event loop has its own connections, so that a client and its backend share one.
/// </summary>
public sealed class BackendPool : IDisposable
{
    /// <summary>
    /// Maximum number of idle connections to one address, on all event loops, that may stay idle for
    /// <see cref="IdleTimeMax"/>; further ones are spare and close after <see cref="SpareTimeMax"/>.
    /// </summary>
    public const int IdlePerAddressMax = 100;

    /// <summary>
    /// Maximum number of idle connections to one address on one event loop, spare ones included. After a burst of
    /// responses there are many for a moment; without spare ones the clients' next requests would have to reconnect.
    /// </summary>
    public const int BurstPerAddressMax = 1024;

    /// <summary>How long a connection may be idle before it is closed.</summary>
    public static readonly TimeSpan IdleTimeMax = TimeSpan.FromSeconds(90);

    /// <summary>How long a spare connection may be idle before it is closed.</summary>
    public static readonly TimeSpan SpareTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How often idle connections are checked by default.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly Dialer _dialer;
    private readonly Deadlines _deadlines;
    private readonly LingeringClose _closing;
    private readonly ITimer _sweeper;
    private readonly IdleConnections[] _loops;
    private long _opened;
    private long _closed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="dialer">Opens new connections.</param>
    /// <param name="deadlines">The clock for idle times.</param>
    /// <param name="time">Creates the timer for the periodic checks.</param>
    /// <param name="protocol">The version of HTTP used with backends.</param>
    /// <param name="sweepPeriod">How often idle connections are checked; null for <see cref="SweepPeriod"/>.</param>
    public BackendPool(
        Dialer dialer, Deadlines deadlines, TimeProvider time, BackendProtocol protocol, TimeSpan? sweepPeriod = null)
    {
        (_dialer, _deadlines, Protocol) = (dialer, deadlines, protocol);
        _closing = new LingeringClose(deadlines, LingeringClose.TimeMax);
        _loops = new IdleConnections[dialer.LoopCount];
        var regular = Math.Max(1, IdlePerAddressMax / _loops.Length);
        for (var i = 0; i < _loops.Length; i++) _loops[i] = new IdleConnections(regular, BurstPerAddressMax);
        var period = sweepPeriod ?? SweepPeriod;
        _sweeper = time.CreateTimer(static self => ((BackendPool)self!).Sweep(), this, period, period);
    }

    /// <summary>The version of HTTP used with backends.</summary>
    public BackendProtocol Protocol { get; }

    /// <summary>The number of idle connections to all addresses.</summary>
    public int IdleCount => _loops.Sum(loop => loop.Count);

    /// <summary>The number of event loops.</summary>
    public int LoopCount => _loops.Length;

    /// <summary>The number of connections opened since start.</summary>
    public long OpenedCount => Interlocked.Read(ref _opened);

    /// <summary>The number of open connections, in use or idle.</summary>
    public long OpenCount => OpenedCount - Interlocked.Read(ref _closed);

    /// <summary>
    /// Returns the number of idle connections by address, for at most <paramref name="max"/> addresses.
    /// </summary>
    public IReadOnlyList<(BackendAddress Address, int Idle)> IdleByAddress(int max)
    {
        var idle = new Dictionary<BackendAddress, int>();
        foreach (var loop in _loops) loop.CountInto(idle, max);
        return [.. idle.Select(pair => (pair.Key, pair.Value))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _ = CloseIdle();
    }

    /// <summary>
    /// Rents an idle connection that passes the reuse checks, or opens a new one. <paramref name="isFresh"/> always
    /// opens a new one. <paramref name="connectBy"/> is the deadline for connecting; 0 means none.
    /// </summary>
    internal ValueTask<Rented> RentAsync(BackendAddress address, Connection client, long connectBy, bool isFresh)
    {
        while (!isFresh && _loops[client.LoopIndex].TryTake(address) is { } idle)
        {
            if (idle.HasCurrentAddress() && idle.IsStillIdle())
                return new ValueTask<Rented>(new Rented(idle, Failure.None, null));
            Close(idle);
        }

        return ConnectAsync(address, client, connectBy);
    }

    /// <summary>Returns to the pool a connection whose exchange is complete on both sides.</summary>
    internal void Return(BackendConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _deadlines.LastTick;
        connection.Name?.Use();
        var isUsable = connection.HasCurrentAddress() && connection.IsStillIdle();
        if (!isUsable || !_loops[connection.Connection.LoopIndex].TryAdd(connection)) Close(connection);
    }

    /// <summary>Closes a connection that will not be reused.</summary>
    internal ValueTask CloseAsync(Connection connection)
    {
        Interlocked.Increment(ref _closed);
        return connection.DisposeAsync();
    }

    /// <summary>Closes a connection that will not be reused, without waiting for the close.</summary>
    internal void Close(BackendConnection backend) => _ = CloseAsync(backend.Connection).AsTask();

    /// <summary>Closes a connection in the background, in the way <paramref name="ending"/> specifies.</summary>
    internal void CloseInBackground(Connection connection, Ending ending) =>
        _ = CloseInBackgroundAsync(connection, ending);

    private async Task CloseInBackgroundAsync(Connection connection, Ending ending)
    {
        try
        {
            await _closing.EndAsync(connection, ending);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The backend closed the connection as well.
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    private async ValueTask<Rented> ConnectAsync(BackendAddress address, Connection client, long connectBy)
    {
        var left = Math.Max(1, connectBy - _deadlines.Now);
        var within = connectBy == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(left);
        var dialed = await _dialer.ConnectAsync(address, client, within);

        // Idle connections may be using up the file descriptors.
        if (dialed.Failure == Failure.OutOfConnections && CloseIdle() > 0)
            dialed = await _dialer.ConnectAsync(address, client, within);
        if (dialed.Connection is not { } connection) return new Rented(null, dialed.Failure, dialed.Detail);
        Interlocked.Increment(ref _opened);
        var backend = Protocol.NewConnection(connection, address);
        (backend.Name, backend.Ip) = (dialed.Name, dialed.Ip);
        return new Rented(backend, dialed.Failure, dialed.Detail);
    }

    private int CloseIdle()
    {
        var idle = _loops.SelectMany(loop => loop.RemoveAll((_, _) => true)).ToList();
        idle.ForEach(Close);
        return idle.Count;
    }

    // Backends close idle connections too, and their names move to other addresses. Without this, dead connections
    // would pile up until a request needs one.
    private void Sweep()
    {
        var now = _deadlines.Now;
        var oldest = now - (long)IdleTimeMax.TotalMilliseconds;
        var oldestSpare = now - (long)SpareTimeMax.TotalMilliseconds;
        foreach (var loop in _loops)
        {
            loop.RemoveAll((idle, isSpare) =>
            {
                idle.Name?.Keep();
                return idle.IdleSince < (isSpare ? oldestSpare : oldest)
                    || !idle.HasCurrentAddress() || !idle.IsStillIdle();
            }).ForEach(Close);
        }
    }
}
