using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;

namespace Proxy.Http1;

/// <summary>A backend connection to use, or why there is none.</summary>
internal readonly record struct Rented(BackendConnection? Connection, Failure Failure, string? Detail);

/// <summary>
/// Idle connections by address, the newest first: it is the least likely to have been closed meanwhile.
/// </summary>
public sealed class BackendPool : IDisposable
{
    /// <summary>Idle connections kept for one address.</summary>
    public const int IdlePerAddressMax = 100;

    /// <summary>An idle connection is closed after this time.</summary>
    public static readonly TimeSpan IdleTimeMax = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private readonly Dialer _dialer;
    private readonly Deadlines _deadlines;
    private readonly ITimer _sweeper;
    private readonly Lock _lock = new();
    private readonly Dictionary<BackendAddress, List<BackendConnection>> _idle = [];
    private bool _isDisposed;

    /// <summary>Makes an empty pool.</summary>
    public BackendPool(Dialer dialer, Deadlines deadlines, TimeProvider time)
    {
        (_dialer, _deadlines) = (dialer, deadlines);
        _sweeper = time.CreateTimer(static self => ((BackendPool)self!).Sweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Idle connections of all addresses.</summary>
    public int IdleCount
    {
        get
        {
            lock (_lock) return _idle.Values.Sum(list => list.Count);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        List<BackendConnection> all;
        lock (_lock)
        {
            _isDisposed = true;
            all = [.. _idle.Values.SelectMany(list => list)];
            _idle.Clear();
        }

        foreach (var connection in all) Close(connection);
    }

    /// <summary>An idle connection that is proven alive, else (or if <paramref name="isFresh"/>) a new one.</summary>
    internal ValueTask<Rented> RentAsync(BackendAddress address, Connection beside, TimeSpan within, bool isFresh)
    {
        while (!isFresh && TryTake(address) is { } idle)
        {
            if (idle.IsStillIdle()) return new ValueTask<Rented>(new Rented(idle, Failure.None, null));
            Close(idle);
        }

        return ConnectAsync(address, beside, within);
    }

    /// <summary>Takes back a connection whose exchange ended cleanly on both sides.</summary>
    internal void Return(BackendConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _deadlines.Now;
        if (!connection.IsStillIdle() || !TryKeep(connection)) Close(connection);
    }

    private static void Close(BackendConnection connection) => _ = connection.Connection.DisposeAsync().AsTask();

    private async ValueTask<Rented> ConnectAsync(BackendAddress address, Connection beside, TimeSpan within)
    {
        var (connection, failure, detail) = await _dialer.ConnectAsync(address, beside, within);
        return new Rented(connection is null ? null : new BackendConnection(connection, address), failure, detail);
    }

    private BackendConnection? TryTake(BackendAddress address)
    {
        lock (_lock)
        {
            if (!_idle.TryGetValue(address, out var list) || list.Count == 0) return null;
            var newest = list[^1];
            list.RemoveAt(list.Count - 1);
            return newest;
        }
    }

    private bool TryKeep(BackendConnection connection)
    {
        lock (_lock)
        {
            if (_isDisposed) return false;
            if (!_idle.TryGetValue(connection.Address, out var list)) _idle[connection.Address] = list = [];
            if (list.Count >= IdlePerAddressMax) return false;
            list.Add(connection);
            return true;
        }
    }

    // Backends close idle connections too: what they closed must not pile up until somebody wants one.
    private void Sweep()
    {
        var oldest = _deadlines.Now - (long)IdleTimeMax.TotalMilliseconds;
        var gone = new List<BackendConnection>();
        lock (_lock)
        {
            foreach (var (address, list) in _idle)
            {
                if (list.Count == 0) _idle.Remove(address);
                list.RemoveAll(idle =>
                {
                    var isGone = idle.IdleSince < oldest || !idle.IsStillIdle();
                    if (isGone) gone.Add(idle);
                    return isGone;
                });
            }
        }

        foreach (var connection in gone) Close(connection);
    }
}
