using System.Diagnostics;
using Proxy.Core.Dns;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;

namespace Proxy.Core.Redis.Health;

/// <summary>Monitors one dead backend; while Redis is unavailable it waits.</summary>
/// <param name="backend">The backend, in Redis.</param>
/// <param name="probe">Probes the backend itself.</param>
/// <param name="deadBackendTime">How long a mark lasts unless it is renewed.</param>
/// <param name="failed">Receives why Redis could not be used.</param>
internal sealed class HealthWatch(
    MonitoredBackend backend, HealthProbe probe, TimeSpan deadBackendTime, Action<Exception> failed)
{
    private Stopwatch? _reserved;
    private Stopwatch? _renewed;
    private Stopwatch? _missed;
    private bool _isOurs;

    /// <summary>Whether the monitoring ended because the backend answered.</summary>
    public bool IsRevived { get; private set; }

    /// <summary>Whether this node has the lock; renewed well before it expires.</summary>
    public async Task<bool> IsOursAsync()
    {
        if (_reserved is not null && _reserved.Elapsed < MonitoredBackend.LockTime / 3) return _isOurs;
        try
        {
            _isOurs = await backend.ReserveAsync();
            _reserved = Stopwatch.StartNew();
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            // Without Redis no other node can have the lock either.
            failed(e);
            _isOurs = true;
        }

        return _isOurs;
    }

    /// <summary>
    /// Probes once and writes the result to Redis; true if the backend is healthy or no longer listed.
    /// </summary>
    public async Task<bool> IsOverAsync(TimeSpan limit, CancellationToken stop)
    {
        try
        {
            if (await backend.FindAsync() is not { } places) return IsMissedForLong();
            _missed = null;
            if (places is not [{ Address: not null } place, ..]) return true;
            var check = await backend.CheckAsync();

            if (await IsAliveAsync(place, check, limit, stop)) return IsRevived = await backend.ReviveAsync(places);

            // Renewing each second would change nothing but make every node read the route again.
            if (_renewed is not null && _renewed.Elapsed < deadBackendTime / 3) return false;
            if (await backend.KeepDeadAsync(places, deadBackendTime)) _renewed = Stopwatch.StartNew();
            return false;
        }
        catch (NameUnresolvedException)
        {
            return false;   // Nothing is known about the backend: its mark is neither renewed nor ended.
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            if (!stop.IsCancellationRequested) failed(e);
            return false;
        }
    }

    // A missing list may not be loaded yet; after the time of a mark it counts as deleted.
    private bool IsMissedForLong()
    {
        _missed ??= Stopwatch.StartNew();
        return _missed.Elapsed > deadBackendTime;
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
            return false;   // The probe took too long.
        }
    }

    /// <summary>Releases the lock.</summary>
    public async Task EndAsync()
    {
        if (!_isOurs) return;
        try
        {
            await backend.ReleaseAsync();
        }
        catch (Exception e) when (RedisFailure.Is(e))
        {
            failed(e);    // The lock expires.
        }
    }
}
