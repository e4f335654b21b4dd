using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Redis;

/// <summary>A replica that is read, while its primary loses its data or is flushed.</summary>
public class ReplicaOutageTests
{
    private RedisServer _primary = null!;
    private RedisServer _replica = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _primary = RedisServer.Start();
        _replica = RedisServer.Start("--replicaof", $"127.0.0.1 {_primary.Port}");
        await LinkedAsync();
        AddRoutes();
    }

    [TearDown]
    public void Stop()
    {
        _replica.Dispose();
        _primary.Dispose();
    }

    [Test]
    public async Task PrimaryThatComesBackEmpty_TakesNoRouteUntilThereIsAKey()
    {
        await using var node = await KnowingNodeAsync();
        _primary.Kill();
        _primary.Start();
        await ErrorAsync(node, "its primary restarted without any");
        await AssertServedAsync(node);
        Assert.That(await node.Router.PingAsync(), Is.Null, "it is ready");
        Assert.That(_replica.Cli("dbsize"), Is.EqualTo("0"));

        _primary.AddRoute("a.com", "a", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the change is effective");
        await Eventually.IsTrue(async () => await node.UrlAsync("b.com") == "NoRoute", "the loss is effective");
        Assert.That(node.Errors, Has.Exactly(1).Contains("Redis is available again:"));
    }

    [Test]
    public async Task BothThatComeBackEmpty_TakeNoRouteUntilThereIsAKey()
    {
        await using var node = await KnowingNodeAsync();
        _primary.Kill();
        _replica.Kill();
        await Eventually.IsTrue(() => node.Changes.Epoch == ChangeTracker.Disconnected, "the loss is noticed");
        _replica.Start();
        await ErrorAsync(node, "without any key");
        _primary.Start();
        await LinkedAsync();
        await AssertServedAsync(node);

        _primary.AddRoute("a.com", "a", "http://new");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the change is effective");
    }

    [Test]
    public async Task ReplicaThatIsGivenToAnEmptyPrimary_TakesNoRoute()
    {
        await using var node = await KnowingNodeAsync();
        using var other = RedisServer.Start();
        _replica.Cli("replicaof", "127.0.0.1", $"{other.Port}");
        await ErrorAsync(node, "its primary restarted without any");
        await AssertServedAsync(node);

        _replica.Cli("replicaof", "no", "one");
        _replica.Cli("flushall");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "NoRoute", "the flush confirms the loss");
    }

    [Test]
    public async Task ReplicaThatIsGivenToAPrimaryWithOtherRoutes_HasThose()
    {
        await using var node = await KnowingNodeAsync();
        using var other = RedisServer.Start();
        other.AddRoute("a.com", "a", "http://other");
        _replica.Cli("replicaof", "127.0.0.1", $"{other.Port}");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://other", "they are read");
        Assert.That(node.Errors, Has.None.Contains("without any"));
    }

    [TestCase("flushall")]
    [TestCase("flushdb")]
    public async Task FlushOnThePrimary_EmptiesTheRoutes(string command)
    {
        await using var node = await KnowingNodeAsync();
        _primary.Cli(command);
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "NoRoute", "it is effective");
        Assert.That(node.Errors, Is.Empty);
    }

    [Test]
    public async Task FlushOnAPrimaryThatWasReplaced_EmptiesTheRoutes()
    {
        await using var node = await KnowingNodeAsync();
        using var successor = RedisServer.Start("--replicaof", $"127.0.0.1 {_primary.Port}");
        await LinkedAsync(successor);
        successor.Cli("replicaof", "no", "one");
        _replica.Cli("replicaof", "127.0.0.1", $"{successor.Port}");
        await LinkedAsync();
        await node.SettleAsync(successor);
        await AssertServedAsync(node);
        successor.Cli("flushall");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "NoRoute", "it is effective");
    }

    [Test]
    public async Task WithoutStaleRoutes_AnEmptyReplicaIsBelievedAtOnce()
    {
        await using var node = await KnowingNodeAsync(new RoutingSettings { StaleRoutes = TimeSpan.Zero });
        _primary.Kill();
        _primary.Start();
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "NoRoute", "the loss is effective");
        Assert.That(node.Errors, Has.None.Contains("are served"));
    }

    [Test]
    public async Task NodeWithoutRoutes_DoesNotSayThatItServesThem()
    {
        await using var node = await RoutedNode.StartAsync(_replica);
        await node.SettleAsync(_primary);
        _replica.Kill();
        await ErrorAsync(node, "no routes are known, answering 503 until it is available again");
        Assert.That(node.Errors, Has.None.Contains("are served"));
    }

    private void AddRoutes()
    {
        _primary.AddRoute("a.com", "a", "http://a");
        _primary.AddRoute("b.com", "b", "http://b");
    }

    private Task LinkedAsync(RedisServer? replica = null) => Eventually.IsTrue(
        () => (replica ?? _replica).Cli("info", "replication").Contains("link_status:up", StringComparison.Ordinal),
        "the replica is in sync");

    private async Task<RoutedNode> KnowingNodeAsync(RoutingSettings? settings = null)
    {
        var node = await RoutedNode.StartAsync(
            RoutedNode.At("read", _replica), RoutedNode.At("write", _primary), settings);
        await node.SettleAsync(_primary);
        await AssertServedAsync(node);
        return node;
    }

    private static async Task AssertServedAsync(RoutedNode node)
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
            Assert.That(await node.UrlAsync("b.com"), Is.EqualTo("http://b"));
        }
    }

    private static Task ErrorAsync(RoutedNode node, string words) => Eventually.IsTrue(
        () => node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
}
