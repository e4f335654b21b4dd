using System.Collections.Concurrent;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing.Health;
using StackExchange.Redis;

namespace Proxy.Core.Redis.Health;

/// <summary>
/// Monitors dead backends (<c>--active-healthcheck</c>): probes each about once a second, keeps it marked while it
/// fails, and removes the mark when it answers as required. A lock in Redis assigns each backend to one node.
/// </summary>
public sealed class HealthMonitor : IAsyncDisposable
{
    /// <summary>The most probes at once.</summary>
    public const int ProbesMax = 256;

    private const int WatchesMax = 100_000;

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromSeconds(1);

    private readonly RedisConnections _redis;
    private readonly HealthProbe _probe;
    private readonly TimeSpan _deadBackendTime;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _slots = new(ProbesMax);
    private readonly ConcurrentDictionary<(string Frontend, string Url), Task> _watches = new();

    /// <param name="redis">The Redis that dead marks are written to, and the one that routes are read from.</param>
    /// <param name="probe">Probes a backend.</param>
    /// <param name="deadBackendTime">How long a mark lasts unless it is renewed.</param>
    public HealthMonitor(RedisConnections redis, HealthProbe probe, TimeSpan deadBackendTime) =>
        (_redis, _probe, _deadBackendTime) = (redis, probe, deadBackendTime);

    /// <summary>How often a backend is probed, on average.</summary>
    public TimeSpan Period { get; init; } = DefaultPeriod;

    /// <summary>Receives each backend whose mark this node has removed because it answered; must not block.</summary>
    public Action<DeadMessage>? Revived { get; set; }

    /// <summary>The backends this node monitors, or waits to. For metrics.</summary>
    public int Watches => _watches.Count;

    /// <summary>Returns whether this node monitors the backend, or waits to.</summary>
    public bool IsWatching(string frontend, string url) => _watches.ContainsKey((frontend, url));

    /// <summary>Starts to monitor a dead backend, unless it is monitored already. Returns at once.</summary>
    public void Watch(DeadMessage dead)
    {
        if (_stop.IsCancellationRequested || _watches.Count >= WatchesMax) return;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_watches.TryAdd((dead.Frontend, dead.Url), WatchAsync(begin.Task, dead))) begin.SetResult();
    }

    /// <summary>Stops all monitoring and releases the locks.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watches.Values);
        _slots.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync(Task begin, DeadMessage dead)
    {
        await begin;
        var backend = new MonitoredBackend(_redis, dead);
        var watch = new HealthWatch(backend, _probe, _deadBackendTime, ReportFailure);
        try
        {
            while (await watch.IsOursAsync())
            {
                await Task.Delay(Period * (0.75 + Random.Shared.NextDouble() / 2), _stop.Token);
                if (await IsOverAsync(watch)) break;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        finally
        {
            if (watch.IsRevived) Revived?.Invoke(dead);
            await watch.EndAsync();
            _watches.TryRemove((dead.Frontend, dead.Url), out _);
        }
    }

    private async Task<bool> IsOverAsync(HealthWatch watch)
    {
        await _slots.WaitAsync(_stop.Token);
        try
        {
            return await watch.IsOverAsync(ProbeLimit, _stop.Token);
        }
        finally
        {
            _slots.Release();
        }
    }

    private void ReportFailure(Exception e) => _ = ReportFailureAsync(e);

    // A Redis that is unavailable is logged by its feed; what it rejects would be logged nowhere else.
    private async Task ReportFailureAsync(Exception e)
    {
        var isRefusal = e is RedisServerException || RedisReasons.IsReadOnly(e);
        if (!isRefusal || _stop.IsCancellationRequested) return;
        var reason = await _redis.Write.ExplainAsync(e, RedisCommands.Writes);
        _redis.Write.Report($"cannot probe dead backends: {reason}");
    }
}
