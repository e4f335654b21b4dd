using NUnit.Framework;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Failures;
using Proxy.Core.Routing.Health;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Core.Redis;

/// <summary>A Redis in cluster mode, which is not supported, and a Sentinel that is taken for a Redis.</summary>
public class ClusterTests
{
    private const string Sentence = "it is a node of a Redis cluster, which PlanB does not support";

    private readonly ReservedPort _bus = new();
    private string[] _mode = [];

    [OneTimeSetUp]
    public void ChooseBus() => _mode = ["--cluster-enabled", "yes", "--cluster-port", $"{_bus.Number}"];

    [OneTimeTearDown]
    public void Release() => _bus.Dispose();

    [TestCase("read")]
    [TestCase("write")]
    public async Task NodeOfACluster_IsRefusedAtStartAndByTheCheck(string role)
    {
        using var plain = RedisServer.Start();
        using var cluster = RedisServer.Start(_mode);
        var read = RoutedNode.At("read", role == "read" ? cluster : plain);
        var write = RoutedNode.At("write", role == "write" ? cluster : plain);
        Assert.That(
            async () => await RedisConnections.StartAsync(read, write, SystemNames.Resolver),
            Throws.TypeOf<RedisRefusedException>()
                .With.Message.StartsWith($"{role} redis 127.0.0.1:{cluster.Port}: {Sentence}"));
        var found = await RedisConnectionCheck.RunAsync(role == "read" ? read : write, SystemNames.Resolver);
        Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.WrongMode));
        Assert.That(found[0].Text, Does.Contain(Sentence));
    }

    [Test]
    public async Task Sentinel_IsNotTakenForARedis()
    {
        using var primary = RedisServer.Start();
        using var sentinel = RedisServer.StartSentinel(primary);
        var at = RoutedNode.At("read", sentinel);
        Assert.That(
            async () => await RedisConnections.StartAsync(at, at, SystemNames.Resolver),
            Throws.TypeOf<RedisRefusedException>().With.Message.Contains("--read-redis-sentinel-addrs"));
        var found = await RedisConnectionCheck.RunAsync(at, SystemNames.Resolver);
        Assert.That(found.Single().Problem, Is.EqualTo(RedisProblem.WrongMode));
    }

    [Test]
    public async Task ReadSideThatBecomesANode_LeavesKnownRoutesServed()
    {
        using var redis = RedisServer.Start();
        redis.AddRoute("a.com", "a", "http://a");
        await using var node = await RoutedNode.StartAsync(redis);
        await node.SettleAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
        redis.Kill();
        redis.StartWith(_mode);
        await ErrorAsync(node, "serving the last known routes");
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
            Assert.That(await node.UrlAsync($"{i}.com"), Is.EqualTo("RoutesUnavailable"));
        }

        redis.Kill();
        redis.Start();
        redis.AddRoute("a.com", "a", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "it is believed again");
    }

    [Test]
    public async Task WriteSideThatBecomesANode_IsNamedAndEndsNothing()
    {
        using var read = RedisServer.Start();
        using var write = RedisServer.Start();
        read.AddRoute("a.com", "a", "http://1", "http://2");
        await using (var node = await RoutedNode.StartAsync(RoutedNode.At("read", read), RoutedNode.At("write", write)))
        {
            node.StartMonitor((_, _, _) => Task.FromResult(true), TimeSpan.FromSeconds(30));
            await node.SettleAsync(read);
            var choice = await node.ChooseAsync("a.com");
            write.Kill();
            write.StartWith(_mode);
            await Eventually.IsTrue(() => node.Redis.Write.IsUp, "it is connected again");
            node.Router.MarkDead(choice);
            await ErrorAsync(node, Sentence);
            node.Monitor!.Watch(new DeadMessage("a.com", "http://1", 0));
            write.Kill();
            write.Start();
            await ErrorAsync(node, "is now published");
            await Eventually.IsTrue(() => node.Monitor.Watches == 0, "the watch goes on and ends");
            Assert.That(node.Errors, Has.None.Contains("EXECABORT").And.None.Contains("ProtocolFailure"));
        }
    }

    private static Task ErrorAsync(RoutedNode node, string words) => Eventually.IsTrue(
        () => node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
}
