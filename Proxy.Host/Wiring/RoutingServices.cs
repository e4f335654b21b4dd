using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Redis.Health;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Table;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Transport;
using Proxy.Http1;

namespace Proxy.Host.Wiring;

/// <summary>Routes and dead backends, built by hand: from a file, or from Redis with its notifications.</summary>
internal sealed class RoutingServices : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];

    private RoutingServices(Router router) => Router = router;

    /// <summary>Chooses backends.</summary>
    public Router Router { get; }

    /// <summary>The certificates in the Redis that routes are read from; null when routes come from a file.</summary>
    public ICertificateStore? Certificates { get; private init; }

    /// <summary>The connections to Redis; null when routes come from a file.</summary>
    public RedisConnections? Redis { get; private init; }

    /// <summary>Probes dead backends; null without active health checks.</summary>
    public HealthMonitor? Monitor { get; private init; }

    /// <summary>
    /// Rereads the file of routes and returns the result as text; null when routes come from Redis, which pushes
    /// changes automatically.
    /// </summary>
    public string? Reread() => _parts.OfType<FileRoutes>().FirstOrDefault()?.Reread();

    /// <summary>Connects to Redis, or reads the file.</summary>
    /// <exception cref="StartFailure">Redis rejects the login, or a file cannot be read.</exception>
    public static async Task<RoutingServices> StartAsync(
        Settings settings, Dialer dialer, NameResolver names, Action<string> errors)
    {
        try
        {
            return settings.RoutesFile.Length > 0
                ? OfFile(settings, errors)
                : await OfRedisAsync(settings, dialer, names, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && settings.RoutesFile.Length > 0)
        {
            throw new StartFailure(
                $"cannot read the routes in {settings.RoutesFile}: {FileFailure.ReasonOf(e)} (--routes)", e);
        }
        catch (Exception e) when (e is RedisRefusedException or IOException or UnauthorizedAccessException)
        {
            throw new StartFailure(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // In reverse order: each part uses parts that were built before it.
        foreach (var part in Enumerable.Reverse(_parts)) await part.DisposeAsync();
    }

    private static RoutingServices OfFile(Settings settings, Action<string> errors)
    {
        var changes = new ChangeTracker(new Clock());
        var routes = new FileRoutes(settings.RoutesFile, changes, errors);
        var routing = new RoutingServices(new Router(routes, settings.Routing, changes, errors));
        routing._parts.AddRange([routes, routing.Router]);
        return routing;
    }

    private static async Task<RoutingServices> OfRedisAsync(
        Settings settings, Dialer dialer, NameResolver names, Action<string> errors)
    {
        var redis = await RedisConnections.StartAsync(settings.ReadRedis, settings.WriteRedis, names, errors);
        var changes = new ChangeTracker(new Clock());
        var snapshot = settings.SnapshotFile.Length > 0
            ? new Snapshot(settings.SnapshotFile, settings.Routing.RoutesMax, errors)
            : null;
        var monitor = settings.ActiveHealthcheck
            ? new HealthMonitor(redis, new HttpProbe(dialer).ProbeAsync, settings.Routing.DeadBackendTime)
            : null;
        var router = new Router(new RedisRoutes(redis), settings.Routing, changes, errors)
        {
            Snapshot = snapshot,
            DeadSeen = monitor is null ? null : monitor.Watch,
        };
        if (monitor is not null) monitor.Revived = router.ReportProbed;
        var feed = new RedisFeed(redis.Read, changes, () => router.ServesLastKnown, errors);
        var messages = new DeadMessages(redis.Write, dead =>
        {
            router.OnPeerReport(dead);
            monitor?.Watch(dead);
        });
        var routing = new RoutingServices(router)
        {
            Certificates = new RedisCertificates(redis.Read, changes), Redis = redis, Monitor = monitor,
        };
        IAsyncDisposable?[] parts = [redis, snapshot, router, monitor, feed, messages];
        routing._parts.AddRange(parts.OfType<IAsyncDisposable>());
        return routing;
    }
}
