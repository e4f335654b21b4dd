using System.Diagnostics;
using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>What clients see while Redis is away in one way or another.</summary>
public class OutageTests
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(2);

    private RedisServer _redis = null!;

    [SetUp]
    public void StartRedis() => _redis = RedisServer.Start();

    [TearDown]
    public void StopRedis() => _redis.Dispose();

    [Test]
    public async Task KilledRedis_IsNotSeenByKnownHosts()
    {
        await using var node = await KnowingNodeAsync();
        _redis.Kill();
        await LostAsync(node);
        await AssertServedAsync(node);
        Assert.That(await node.UrlAsync("never.seen"), Is.EqualTo("RoutesUnavailable"));
        Assert.That(await node.Router.PingAsync(), Is.Null);
        await Eventually.IsTrue(() => node.Changes.Staleness > TimeSpan.Zero, "the staleness grows");

        _redis.Start();
        _redis.AddRoute("a.com", "a", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the change is effective");
        await Eventually.IsTrue(async () => await node.UrlAsync("b.com") == "NoRoute", "the loss is effective");
        Assert.That(node.Errors, Has.Exactly(1).Contains("until it is available again")
            .And.Exactly(1).Contains("Redis is available again:"));
    }

    [Test]
    public async Task RedisThatComesBackEmpty_IsNotBelievedUntilItHasAKey()
    {
        await using var node = await KnowingNodeAsync();
        _redis.Kill();
        await LostAsync(node);
        _redis.Start();
        await Eventually.IsTrue(
            () => node.Errors.Any(line => line.Contains("without any key", StringComparison.Ordinal)), "it is noticed");
        for (var i = 0; i < 3; i++)
        {
            await AssertServedAsync(node);
        }
        _redis.AddRoute("c.com", "c", "http://c");
        await node.SettleAsync(_redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));
        Assert.That(await node.UrlAsync("c.com"), Is.EqualTo("http://c"));
    }

    [Test]
    public async Task FrozenRedis_IsNotSeenByKnownHosts()
    {
        await using var node = await KnowingNodeAsync();
        _redis.Freeze();
        var clock = Stopwatch.StartNew();
        while (node.Changes.Epoch != ChangeTracker.Disconnected && clock.Elapsed < WaitMax * 3)
            await AssertServedAsync(node);
        await LostAsync(node);
        await AssertServedAsync(node);

        _redis.Thaw();
        _redis.Cli("lset", "frontend:a.com", "1", "http://new");
        await node.SettleAsync(_redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://new"));
    }

    [Test]
    public async Task HostThatChangedJustBeforeTheFreeze_IsServedAfterAtMostOneWait()
    {
        await using var node = await KnowingNodeAsync();
        _redis.Cli("lset", "frontend:a.com", "1", "http://new");
        await node.SettleAsync(_redis);
        _redis.Freeze();
        var clock = Stopwatch.StartNew();
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
        Assert.That(clock.Elapsed, Is.LessThan(WaitMax));
        Assert.That(node.ChooseAtOnce("a.com"u8).Backend!.Url, Is.EqualTo("http://a"));
    }

    [Test]
    public async Task PausedRedis_IsNotSeenByKnownHosts()
    {
        await using var node = await KnowingNodeAsync();
        _redis.Cli("client", "pause", "2500", "all");
        for (var i = 0; i < 100; i++)
        {
            await AssertServedAsync(node);
        }
        _redis.Cli("lset", "frontend:a.com", "1", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the change is effective");
    }

    [Test]
    public async Task WithoutStaleRoutes_AnOutageIsAFailure()
    {
        await using var node = await KnowingNodeAsync(new RoutingSettings { StaleRoutes = TimeSpan.Zero });
        _redis.Kill();
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "RoutesUnavailable", "the loss is seen");
        Assert.That(await node.Router.PingAsync(), Is.Not.Null);
        _redis.Start();
        _redis.AddRoute("a.com", "a", "http://a");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://a", "the route is found again");
    }

    [Test]
    public async Task StaleRoutes_AreServedForTheirTime()
    {
        await using var node = await KnowingNodeAsync(new RoutingSettings { StaleRoutes = TimeSpan.FromSeconds(1) });
        _redis.Kill();
        await LostAsync(node);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "RoutesUnavailable", "their time is over");
    }

    [Test]
    public async Task ReadSideThatIsAReplica_PushesWhatItReplicates()
    {
        using var replica = RedisServer.Start("--replicaof", $"127.0.0.1 {_redis.Port}");
        await Eventually.IsTrue(
            () => replica.Cli("info", "replication").Contains("link_status:up", StringComparison.Ordinal),
            "the replica is in sync");
        await using var node = await RoutedNode.StartAsync(
            RoutedNode.At("read", replica), RoutedNode.At("write", _redis));
        await Eventually.IsTrue(() => node.Changes.Epoch > 0, "changes are pushed");

        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://1", "the route is found");

        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => replica.Cli("smembers", "dead:a.com") == "1", "the mark is replicated");
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://1"));
        }
    }

    [Test]
    public async Task FailoverBySentinel_IsNotSeenByKnownHosts()
    {
        using var replica = RedisServer.Start("--replicaof", $"127.0.0.1 {_redis.Port}");
        using var sentinel = RedisServer.StartSentinel(_redis);
        _redis.AddRoute("a.com", "a", "http://a");
        _redis.AddRoute("b.com", "b", "http://b");
        await Eventually.IsTrue(() => replica.Cli("dbsize") == "2", "the replica is in sync");
        await Eventually.IsTrue(
            () => sentinel.Cli("sentinel", "replicas", "mymaster").Contains("slave", StringComparison.Ordinal),
            "the Sentinel knows the replica");
        var at = RoutedNode.At("read", _redis) with { Sentinels = [sentinel.EndPoint], SentinelName = "mymaster" };
        await using var node = await RoutedNode.StartAsync(at, at);
        await node.SettleAsync(_redis);
        await AssertServedAsync(node);

        _redis.Kill();
        await Eventually.IsTrue(
            async () =>
            {
                await AssertServedAsync(node);
                return replica.Cli("role").StartsWith("master", StringComparison.Ordinal);
            },
            "the replica is promoted");
        replica.Cli("lset", "frontend:a.com", "1", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the change is effective");
        await node.SettleAsync(replica);
        Assert.That(await node.UrlAsync("b.com"), Is.EqualTo("http://b"));
    }

    private async Task<RoutedNode> KnowingNodeAsync(RoutingSettings? settings = null)
    {
        _redis.AddRoute("a.com", "a", "http://a");
        _redis.AddRoute("b.com", "b", "http://b");
        var node = await RoutedNode.StartAsync(_redis, settings);
        await node.SettleAsync(_redis);
        await AssertServedAsync(node);
        return node;
    }

    private static async Task AssertServedAsync(RoutedNode node)
    {
        Assert.That(await node.UrlAsync("a.com").WaitAsync(WaitMax), Is.EqualTo("http://a"));
        Assert.That(await node.UrlAsync("b.com").WaitAsync(WaitMax), Is.EqualTo("http://b"));
    }

    private static Task LostAsync(RoutedNode node) =>
        Eventually.IsTrue(() => node.Changes.Epoch == ChangeTracker.Disconnected, "the loss is noticed");
}
