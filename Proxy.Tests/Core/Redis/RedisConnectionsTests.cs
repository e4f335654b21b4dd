using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Core.Redis;

public class RedisConnectionsTests
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(3);

    [Test]
    public async Task UnixSocket_IsUsed()
    {
        using var redis = RedisServer.Start();
        redis.AddRoute("a.com", "a", "http://b");
        var at = new RedisEndpoint { Role = "read", Address = new UnixDomainSocketEndPoint(redis.SocketPath) };
        await using var node = await RoutedNode.StartAsync(at, at with { Role = "write" });
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));
    }

    [Test]
    public async Task PasswordAndDatabase_AreUsed()
    {
        using var redis = RedisServer.StartWithPassword("secret");
        redis.CliIn(3, "rpush", "frontend:a.com", "a", "http://b");
        var at = RoutedNode.At("read", redis) with { Database = 3 };
        await using var node = await RoutedNode.StartAsync(at, at);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));
        Assert.That(redis.Cli("client", "list"), Does.Contain($"name={RedisConnection.ClientName}"));

        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => redis.CliIn(3, "smembers", "dead:a.com") == "0", "it is in its database");
    }

    [TestCase("wrong", 0, "WRONGPASS")]
    [TestCase("", 0, "NOAUTH")]
    [TestCase("secret", 99, "ERR DB index is out of range")]
    public void RefusingRedis_IsToldAtStart(string password, int database, string text)
    {
        using var redis = RedisServer.StartWithPassword("secret");
        var good = RoutedNode.At("read", redis);
        var bad = good with { Role = "write", Login = new RedisLogin("", password), Database = database };
        Assert.That(
            async () => await RedisConnections.StartAsync(good, bad, SystemNames.Resolver),
            Throws.TypeOf<RedisRefusedException>()
                .With.Message.StartsWith($"write redis 127.0.0.1:{redis.Port}: {text}"));
    }

    [Test]
    public async Task RedisDownAtStart_IsConnectedToWhenItComes()
    {
        using var redis = RedisServer.Start();
        redis.Kill();
        await using var node = await RoutedNode.StartAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("RoutesUnavailable"));
        Assert.That(await node.Router.PingAsync(), Is.Not.Null);

        redis.Start();
        redis.AddRoute("a.com", "a", "http://b");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://b", "the route is found");
        Assert.That(await node.Router.PingAsync(), Is.Null);
    }

    [Test]
    public async Task FrozenRedis_HoldsNobodyForLong()
    {
        using var redis = RedisServer.Start();
        await using var node = await RoutedNode.StartAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));

        redis.Freeze();
        for (var i = 0; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            Assert.That(await node.UrlAsync($"{i}.com"), Is.EqualTo("RoutesUnavailable"));
            Assert.That(clock.Elapsed, Is.LessThan(WaitMax));
        }
        redis.Thaw();
        redis.AddRoute("a.com", "a", "http://b");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://b", "the route is found");
    }

    [Test]
    public async Task KilledRedis_FailsLookUpsAtOnceWithItsText()
    {
        using var redis = RedisServer.Start();
        await using var node = await RoutedNode.StartAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));
        redis.Kill();
        await Eventually.IsTrue(async () => await node.UrlAsync("b.com") == "RoutesUnavailable", "the loss is noticed");
        Assert.That((await node.ChooseAsync("b.com")).Detail, Does.Contain("read redis 127.0.0.1"));
    }

    [Test]
    public async Task Sentinel_TellsTheMasterAndItsSuccessor()
    {
        using var master = RedisServer.Start();
        using var replica = RedisServer.Start("--replicaof", $"127.0.0.1 {master.Port}");
        using var sentinel = RedisServer.StartSentinel(master);
        master.AddRoute("a.com", "a", "http://b");
        await Eventually.IsTrue(() => replica.Cli("llen", "frontend:a.com") == "2", "the replica has the route");
        await Eventually.IsTrue(
            () => sentinel.Cli("sentinel", "replicas", "mymaster").Contains("slave", StringComparison.Ordinal),
            "the Sentinel knows the replica");

        var nobody = new DnsEndPoint("127.0.0.1", ReservedPort.Closed.Number);
        var at = new RedisEndpoint
        {
            Role = "read", Address = nobody, Sentinels = [nobody, sentinel.EndPoint], SentinelName = "mymaster",
        };
        await using var node = await RoutedNode.StartAsync(at, at);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://b"));

        master.Kill();
        await Eventually.IsTrue(() => replica.Cli("role").StartsWith("master", StringComparison.Ordinal), "promoted");
        replica.AddRoute("new.com", "new", "http://c");
        await Eventually.IsTrue(async () => await node.UrlAsync("new.com") == "http://c", "the new master is followed");
    }

    [Test]
    public async Task SentinelsDownAtStart_AreAskedAgain()
    {
        var at = new RedisEndpoint
        {
            Role = "read", Address = new IPEndPoint(IPAddress.Loopback, 1),
            Sentinels = [new DnsEndPoint("127.0.0.1", ReservedPort.Closed.Number)], SentinelName = "mymaster",
        };
        await using var node = await RoutedNode.StartAsync(at, at);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("RoutesUnavailable"));
    }
}
