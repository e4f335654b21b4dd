using System.Diagnostics;
using Proxy.Core.Dns;
using Proxy.Core.Routing;

namespace Proxy.Core.Redis;

/// <summary>The watch over one dead backend; while Redis is away it waits.</summary>
internal sealed class HealthWatch(MonitoredBackend backend, HealthProbe probe, TimeSpan deadBackendTime)
{
    private Stopwatch? _reserved;
    private Stopwatch? _kept;
    private bool _isOurs;

    /// <summary>Whether this node has the lock; renewed well before it runs out.</summary>
    public async Task<bool> IsOursAsync()
    {
        if (_reserved is not null && _reserved.Elapsed < MonitoredBackend.LockTime / 3) return _isOurs;
        try
        {
            _isOurs = await backend.ReserveAsync();
            _reserved = Stopwatch.StartNew();
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            // Without Redis nobody else can have it either.
            _isOurs = true;
        }
        return _isOurs;
    }

    /// <summary>Probes once and tells Redis; whether the backend is alive or gone.</summary>
    public async Task<bool> IsOverAsync(TimeSpan limit, CancellationToken stop)
    {
        try
        {
            var places = await backend.FindAsync();
            if (places is not [{ Address: not null } place, ..]) return true;
            var check = await backend.CheckAsync();

            if (await IsAliveAsync(place, check, limit, stop)) return await backend.ReviveAsync(places);

            // Renewing each second would change nothing but have every node read again.
            if (_kept is not null && _kept.Elapsed < deadBackendTime / 3) return false;
            if (await backend.KeepDeadAsync(places, deadBackendTime)) _kept = Stopwatch.StartNew();
            return false;
        }
        catch (NameUnresolvedException)
        {
            return false;   // Nothing is known about the backend: its mark is neither renewed nor ended.
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            return false;
        }
    }

    private async Task<bool> IsAliveAsync(Backend place, HealthCheck check, TimeSpan limit, CancellationToken stop)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        cancel.CancelAfter(limit);
        try
        {
            return await probe(place, check, cancel.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;   // It took too long.
        }
    }

    /// <summary>Gives the lock back.</summary>
    public async Task EndAsync()
    {
        if (!_isOurs) return;
        try
        {
            await backend.ReleaseAsync();
        }
        catch (Exception e) when (RedisConnection.IsFailure(e))
        {
            // It expires by itself.
        }
    }
}
