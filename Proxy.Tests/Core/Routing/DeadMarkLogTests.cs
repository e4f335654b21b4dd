using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Selection;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>What an operator reads when backends go out of service and come back: one line for each change.</summary>
public class DeadMarkLogTests
{
    private RedisServer _redis = null!;
    private RoutedNode _node = null!;
    private RoutedNode _other = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.Start();
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        _node = await NodeAsync(TimeSpan.FromSeconds(30));
        _other = await NodeAsync(TimeSpan.FromSeconds(30));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _other.DisposeAsync();
        await _node.DisposeAsync();
        _redis.Dispose();
    }

    [Test]
    public async Task MarkOfAnotherNode_IsLoggedOnceWithoutAnyRequestHere()
    {
        await FailAsync(_node);
        await LineAsync(_other, "http://1 is out of service: another node marked it dead");
        Assert.That(await _other.UrlAsync("a.com"), Is.EqualTo("http://2"));
        _redis.Cli("del", "dead:a.com");
        await LineAsync(_other, "http://1 is back in service: its dead mark was removed");
        await LineAsync(_node, "http://1 is back in service: its dead mark was removed");
        Assert.That(_other.Errors, Has.Count.EqualTo(2));
        Assert.That(_node.Errors, Has.Count.EqualTo(1), "the request that marked it has a line of its own");
    }

    [Test]
    public async Task MarkThatExpires_IsLoggedByAllNodes()
    {
        await using var node = await NodeAsync(TimeSpan.FromSeconds(1));
        await using var other = await NodeAsync(TimeSpan.FromSeconds(1));
        await FailAsync(node);
        await LineAsync(node, "http://1 is back in service: its dead mark has expired");
        await LineAsync(other, "http://1 is back in service: its dead mark has expired");
    }

    [Test]
    public async Task MarkMadeByHand_IsLoggedWithItsKeyAndItsEnd()
    {
        await _node.UrlAsync("a.com");
        _redis.Cli("sadd", "dead:a.com", "1");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
        await LineAsync(_node, "http://2 is out of service: dead:a.com in Redis contains it, and no PlanB node");
        _redis.Cli("srem", "dead:a.com", "1");
        await LineAsync(_node, "http://2 is back in service: its dead mark was removed");
        Assert.That(_node.Errors, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task BackendThatAnswersItsProbe_IsLoggedAsBack()
    {
        _node.StartMonitor((_, _, _) => Task.FromResult(true), TimeSpan.FromSeconds(30));
        await FailAsync(_node);
        await LineAsync(_node, "http://1 is back in service: its health check succeeded");
        await LineAsync(_other, "http://1 is back in service: its dead mark was removed");
    }

    [Test]
    public async Task BackendThatATrialReaches_IsLoggedAsBack()
    {
        _redis.Cli("lrem", "frontend:a.com", "1", "http://2");
        await _node.SettleAsync(_redis);
        await FailAsync(_node);
        Choice trial = default;
        await Eventually.IsTrue(async () => (trial = await _node.ChooseAsync("a.com")).IsTrial, "it is tried");
        _node.Router.ReportConnected(trial);
        await LineAsync(_node, "http://1 is back in service: a request connected to it");
    }

    [Test]
    public async Task BackendThatLeavesTheList_IsLoggedAsGone()
    {
        await FailAsync(_node);
        await LineAsync(_other, "another node marked it dead");
        _redis.Cli("lrem", "frontend:a.com", "1", "http://1");
        await LineAsync(_node, "http://1 is no longer listed");
        await LineAsync(_other, "http://1 is no longer listed");
    }

    [Test]
    public async Task BackendThatFailsAgain_IsNewsForTheCallerOnlyOnce()
    {
        var choice = await _node.ChooseAsync("a.com");
        Assert.That(_node.Router.MarkDead(choice), Is.True);
        Assert.That(_node.Router.MarkDead(choice), Is.False);
    }

    private async Task<RoutedNode> NodeAsync(TimeSpan deadBackendTime)
    {
        var node = await RoutedNode.StartAsync(_redis, new RoutingSettings { DeadBackendTime = deadBackendTime });
        await node.SettleAsync(_redis);
        return node;
    }

    private static async Task FailAsync(RoutedNode node)
    {
        Choice choice = default;
        await Eventually.IsTrue(
            async () => (choice = await node.ChooseAsync("a.com")).Backend?.Url == "http://1", "it is chosen");
        node.Router.MarkDead(choice);
    }

    private static Task LineAsync(RoutedNode node, string words) => Eventually.IsTrue(
        () => node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
}
