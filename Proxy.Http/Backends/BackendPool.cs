using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;

namespace Proxy.Http.Backends;

/// <summary>A backend connection to use, or why there is none.</summary>
internal readonly record struct Rented(BackendConnection? Connection, Failure Failure, string? Detail);

/// <summary>
/// Idle connections by address, the newest first: it is the least likely to have been closed meanwhile. Each of the
/// transport's homes has its own, so that a client finds a connection on its own event loop.
/// </summary>
public sealed class BackendPool : IDisposable
{
    /// <summary>Idle connections of one address, of all homes, that are kept for <see cref="IdleTimeMax"/>.</summary>
    public const int IdlePerAddressMax = 100;

    /// <summary>
    /// Idle connections of one address and home. There are more than are kept between the answers to many clients and
    /// their next requests: closing them would mean to connect again at once.
    /// </summary>
    public const int BurstPerAddressMax = 1024;

    /// <summary>An idle connection is closed after this time.</summary>
    public static readonly TimeSpan IdleTimeMax = TimeSpan.FromSeconds(90);

    /// <summary>An idle connection beyond those that are kept is closed after this time.</summary>
    public static readonly TimeSpan SpareTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How often idle connections are checked, unless the constructor is given another period.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly Dialer _dialer;
    private readonly Deadlines _deadlines;
    private readonly LingeringClose _closing;
    private readonly ITimer _sweeper;
    private readonly IdleConnections[] _homes;
    private long _opened;
    private long _closed;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="dialer">Makes new connections.</param>
    /// <param name="deadlines">The clock of idle times.</param>
    /// <param name="time">Makes the timer of the checks.</param>
    /// <param name="protocol">The version of HTTP that backends use.</param>
    /// <param name="sweepPeriod">How often idle connections are checked.</param>
    public BackendPool(
        Dialer dialer, Deadlines deadlines, TimeProvider time, BackendProtocol protocol, TimeSpan? sweepPeriod = null)
    {
        (_dialer, _deadlines, Protocol) = (dialer, deadlines, protocol);
        _closing = new LingeringClose(deadlines, LingeringClose.TimeMax);
        _homes = new IdleConnections[dialer.LoopCount];
        var kept = Math.Max(1, IdlePerAddressMax / _homes.Length);
        for (var i = 0; i < _homes.Length; i++) _homes[i] = new IdleConnections(kept, BurstPerAddressMax);
        var period = sweepPeriod ?? SweepPeriod;
        _sweeper = time.CreateTimer(static self => ((BackendPool)self!).Sweep(), this, period, period);
    }

    /// <summary>The version of HTTP that backends use.</summary>
    public BackendProtocol Protocol { get; }

    /// <summary>Idle connections of all addresses.</summary>
    public int IdleCount => _homes.Sum(home => home.Count);

    /// <summary>How many homes its connections can have.</summary>
    public int LoopCount => _homes.Length;

    /// <summary>Connections that were made so far.</summary>
    public long OpenedCount => Interlocked.Read(ref _opened);

    /// <summary>Connections that are open, in use or idle.</summary>
    public long OpenCount => OpenedCount - Interlocked.Read(ref _closed);

    /// <summary>Idle connections by address, of at most so many addresses.</summary>
    public IReadOnlyList<(BackendAddress Address, int Idle)> IdleByAddress(int max)
    {
        var idle = new Dictionary<BackendAddress, int>();
        foreach (var home in _homes) home.CountInto(idle, max);
        return [.. idle.Select(pair => (pair.Key, pair.Value))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _ = CloseIdle();
    }

    /// <summary>
    /// An idle connection that is proven alive, else (or if <paramref name="isFresh"/>) a new one, made until
    /// <paramref name="connectBy"/>, if that is not 0.
    /// </summary>
    internal ValueTask<Rented> RentAsync(BackendAddress address, Connection beside, long connectBy, bool isFresh)
    {
        while (!isFresh && _homes[beside.LoopIndex].TryTake(address) is { } idle)
        {
            if (idle.HasCurrentAddress() && idle.IsStillIdle())
                return new ValueTask<Rented>(new Rented(idle, Failure.None, null));
            Close(idle);
        }

        return ConnectAsync(address, beside, connectBy);
    }

    /// <summary>Takes back a connection whose exchange ended cleanly on both sides.</summary>
    internal void Return(BackendConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _deadlines.LastTick;
        connection.Name?.Use();
        var isUsable = connection.HasCurrentAddress() && connection.IsStillIdle();
        if (!isUsable || !_homes[connection.Connection.LoopIndex].TryKeep(connection)) Close(connection);
    }

    /// <summary>Closes a connection that is of no further use.</summary>
    internal ValueTask CloseAsync(Connection connection)
    {
        Interlocked.Increment(ref _closed);
        return connection.DisposeAsync();
    }

    /// <summary>Closes a connection that is of no further use, without waiting for it.</summary>
    internal void Close(BackendConnection backend) => _ = CloseAsync(backend.Connection).AsTask();

    /// <summary>Ends a connection as <paramref name="ending"/> says and closes it; nothing waits for that.</summary>
    internal void CloseLate(Connection connection, Ending ending) => _ = CloseLateAsync(connection, ending);

    private async Task CloseLateAsync(Connection connection, Ending ending)
    {
        try
        {
            await _closing.EndAsync(connection, ending);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The backend has gone as well.
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    private async ValueTask<Rented> ConnectAsync(BackendAddress address, Connection beside, long connectBy)
    {
        var left = Math.Max(1, connectBy - _deadlines.Now);
        var within = connectBy == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(left);
        var dialed = await _dialer.ConnectAsync(address, beside, within);

        // Connections that nobody uses may hold all the files there are.
        if (dialed.Failure == Failure.OutOfConnections && CloseIdle() > 0)
            dialed = await _dialer.ConnectAsync(address, beside, within);
        if (dialed.Connection is not { } connection) return new Rented(null, dialed.Failure, dialed.Detail);
        Interlocked.Increment(ref _opened);
        var backend = Protocol.NewConnection(connection, address);
        (backend.Name, backend.Ip) = (dialed.Name, dialed.Ip);
        return new Rented(backend, dialed.Failure, dialed.Detail);
    }

    private int CloseIdle()
    {
        var idle = _homes.SelectMany(home => home.RemoveAll((_, _) => true)).ToList();
        idle.ForEach(Close);
        return idle.Count;
    }

    // Backends close idle connections too, and their names move: neither must pile up until a request wants one.
    private void Sweep()
    {
        var now = _deadlines.Now;
        var oldest = now - (long)IdleTimeMax.TotalMilliseconds;
        var oldestSpare = now - (long)SpareTimeMax.TotalMilliseconds;
        foreach (var home in _homes)
        {
            home.RemoveAll((idle, isSpare) =>
            {
                idle.Name?.Keep();
                return idle.IdleSince < (isSpare ? oldestSpare : oldest)
                    || !idle.HasCurrentAddress() || !idle.IsStillIdle();
            }).ForEach(Close);
        }
    }
}
