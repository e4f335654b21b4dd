using System.Collections.Concurrent;
using System.Text;
using Proxy.Core;
using Proxy.Core.Dns;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Health;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Routing.Table;
using Proxy.Tests.Fixtures.Dns;

namespace Proxy.Tests.Fixtures.Redis;

/// <summary>What a node needs to choose backends by a real Redis.</summary>
internal sealed class RoutedNode : IAsyncDisposable
{
    private static readonly TimeSpan ProbePeriod = TimeSpan.FromMilliseconds(200);
    private readonly Snapshot? _snapshot;

    private RoutedNode(
        RedisConnections redis, RoutingSettings settings, string? snapshot, ConcurrentQueue<string> errors,
        TimeProvider? time)
    {
        (Redis, Errors) = (redis, errors);
        Changes = new ChangeTracker(new Clock(time));
        if (snapshot is not null) _snapshot = new Snapshot(snapshot, settings.RoutesMax, Errors.Enqueue);
        Router = new Router(new RedisRoutes(redis), settings, Changes, Errors.Enqueue)
        {
            Snapshot = _snapshot, DeadSeen = dead => Monitor?.Watch(dead),
        };
        Feed = new RedisFeed(redis.Read, Changes, () => Router.ServesLastKnown, Errors.Enqueue);
        Messages = new DeadMessages(redis.Write, message =>
        {
            Router.OnPeerReport(message);
            Monitor?.Watch(message);
        });
    }

    public ChangeTracker Changes { get; }

    public RedisFeed Feed { get; }

    /// <summary>Looks after dead backends once it is set.</summary>
    public HealthMonitor? Monitor { get; private set; }

    public DeadMessages Messages { get; }

    public RedisConnections Redis { get; }

    public Router Router { get; }

    public ConcurrentQueue<string> Errors { get; }

    public static Task<RoutedNode> StartAsync(
        RedisServer redis, RoutingSettings? settings = null, string? snapshot = null) =>
        StartAsync(At("read", redis), At("write", redis), settings, snapshot);

    public static async Task<RoutedNode> StartAsync(
        RedisEndpoint read, RedisEndpoint write, RoutingSettings? settings = null, string? snapshot = null,
        TimeProvider? time = null, NameResolver? names = null)
    {
        var errors = new ConcurrentQueue<string>();
        var redis = await RedisConnections.StartAsync(
            read, write, names ?? SystemNames.Resolver, errors.Enqueue);
        return new RoutedNode(redis, settings ?? new RoutingSettings(), snapshot, errors, time);
    }

    public static RedisEndpoint At(string role, RedisServer redis) =>
        new() { Role = role, Address = redis.EndPoint, Login = new RedisLogin("", redis.Password) };

    public void StartMonitor(HealthProbe probe, TimeSpan deadBackendTime) =>
        Monitor = new HealthMonitor(Redis, probe, deadBackendTime)
        {
            Period = ProbePeriod, Revived = Router.ReportProbed,
        };

    /// <summary>Waits until changes are pushed, and all made so far have been.</summary>
    public async Task SettleAsync(RedisServer redis)
    {
        await Eventually.IsTrue(() => Changes.Epoch > 0, "changes are pushed");
        var before = Changes.VersionOf("healthcheck:settled"u8);
        redis.Cli("incr", "healthcheck:settled");
        await Eventually.IsTrue(() => !Changes.IsCurrent(before), "a change is pushed");
    }

    public ValueTask<Choice> ChooseAsync(string host, Attempt attempt = default) =>
        Router.ChooseAsync(Encoding.Latin1.GetBytes(host), attempt);

    /// <summary>What is chosen without waiting.</summary>
    public Choice ChooseAtOnce(ReadOnlySpan<byte> host)
    {
        var choice = Router.ChooseAsync(host);
        return choice.IsCompletedSuccessfully ? choice.Result : throw new InvalidOperationException("it waits");
    }

    /// <summary>The URL chosen, or the failure's name.</summary>
    public async Task<string> UrlAsync(string host)
    {
        var choice = await ChooseAsync(host);
        return choice.Failure is Failure.None ? choice.Backend!.Url : choice.Failure.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Messages.DisposeAsync();
        if (Monitor is not null) await Monitor.DisposeAsync();
        await Feed.DisposeAsync();
        await Router.DisposeAsync();
        if (_snapshot is not null) await _snapshot.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
