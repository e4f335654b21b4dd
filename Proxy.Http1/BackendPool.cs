using System.Diagnostics;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;

namespace Proxy.Http1;

/// <summary>A backend connection to use, or why there is none.</summary>
/// <param name="Connection">What to use.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="Detail">The system's words for it.</param>
/// <param name="ConnectTime">How long connecting took; zero when it was connected already.</param>
internal readonly record struct Rented(
    BackendConnection? Connection, Failure Failure, string? Detail, TimeSpan ConnectTime = default);

/// <summary>
/// Idle connections by address, the newest first: it is the least likely to have been closed meanwhile. Each of the
/// transport's homes has its own, so that a client finds a connection on its own event loop.
/// </summary>
public sealed class BackendPool : IDisposable
{
    /// <summary>Idle connections kept for one address, all homes together.</summary>
    public const int IdlePerAddressMax = 100;

    /// <summary>An idle connection is closed after this time.</summary>
    public static readonly TimeSpan IdleTimeMax = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private readonly Dialer _dialer;
    private readonly Deadlines _deadlines;
    private readonly ITimer _sweeper;
    private readonly IdleConnections[] _homes;

    /// <summary>Makes an empty pool for connections of that many homes.</summary>
    public BackendPool(Dialer dialer, Deadlines deadlines, TimeProvider time)
    {
        (_dialer, _deadlines) = (dialer, deadlines);
        _homes = new IdleConnections[dialer.Homes];
        for (var i = 0; i < _homes.Length; i++) _homes[i] = new IdleConnections(IdlePerAddressMax / _homes.Length);
        _sweeper = time.CreateTimer(static self => ((BackendPool)self!).Sweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Idle connections of all addresses.</summary>
    public int IdleCount => _homes.Sum(home => home.Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        foreach (var home in _homes) home.RemoveAll(_ => true).ForEach(Close);
    }

    /// <summary>
    /// An idle connection that is proven alive, else (or if <paramref name="isFresh"/>) a new one, made until
    /// <paramref name="connectBy"/>, if that is not 0.
    /// </summary>
    internal ValueTask<Rented> RentAsync(BackendAddress address, Connection beside, long connectBy, bool isFresh)
    {
        while (!isFresh && _homes[beside.Home].TryTake(address) is { } idle)
        {
            if (idle.IsStillIdle()) return new ValueTask<Rented>(new Rented(idle, Failure.None, null));
            Close(idle);
        }

        return ConnectAsync(address, beside, connectBy);
    }

    /// <summary>Takes back a connection whose exchange ended cleanly on both sides.</summary>
    internal void Return(BackendConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _deadlines.LastTick;
        if (!connection.IsStillIdle() || !_homes[connection.Connection.Home].TryKeep(connection)) Close(connection);
    }

    private static void Close(BackendConnection connection) => _ = connection.Connection.DisposeAsync().AsTask();

    private async ValueTask<Rented> ConnectAsync(BackendAddress address, Connection beside, long connectBy)
    {
        var left = Math.Max(1, connectBy - _deadlines.Now);
        var within = connectBy == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(left);
        var startedAt = Stopwatch.GetTimestamp();
        var (connection, failure, detail) = await _dialer.ConnectAsync(address, beside, within);
        var rented = connection is null ? null : new BackendConnection(connection, address);
        return new Rented(rented, failure, detail, Stopwatch.GetElapsedTime(startedAt));
    }

    // Backends close idle connections too: what they closed must not pile up until somebody wants one.
    private void Sweep()
    {
        var oldest = _deadlines.Now - (long)IdleTimeMax.TotalMilliseconds;
        foreach (var home in _homes)
            home.RemoveAll(idle => idle.IdleSince < oldest || !idle.IsStillIdle()).ForEach(Close);
    }
}
