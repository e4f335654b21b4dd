using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>Dead marks between nodes, a real Redis and operators.</summary>
public class DeadBackendTests
{
    private RedisServer _redis = null!;
    private RoutedNode _node = null!;
    private RoutedNode _other = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.Start();
        _node = await NodeAsync();
        _other = await NodeAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _other.DisposeAsync();
        await _node.DisposeAsync();
        _redis.Dispose();
    }

    [Test]
    public async Task BackendMarkedByOneNode_IsSkippedByTheOther()
    {
        await RouteAsync("http://1", "http://2");
        await FailAsync(_node, "http://1");
        await AssertOnlyAsync(_node, "http://2");
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1", "Redis has the mark");
        await _other.SettleAsync(_redis);
        await AssertOnlyAsync(_other, "http://2");
    }

    [Test]
    public async Task ManyBackends_AreNotParsedAnewForEachMark()
    {
        var urls = Enumerable.Range(0, 2000).Select(i => $"http://{i}").ToArray();
        await RouteAsync(urls);
        var before = (await _node.ChooseAsync("a.com")).Route!;
        foreach (var backend in before.Backends.Where(backend => backend.Index % 2 == 0))
            _node.Router.MarkDead(new Choice(Failure.None, before, backend, null));
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1000", "Redis has the mark");
        await _node.SettleAsync(_redis);

        var after = (await _node.ChooseAsync("a.com")).Route!;
        Assert.That(after, Is.Not.SameAs(before));
        Assert.That(after.Backends, Is.EqualTo(before.Backends), "the same ones");
        var living = after.Healthy(_node.Changes.Clock.Now);
        Assert.That(living, Is.EqualTo(before.Backends.Where(backend => backend.Index % 2 == 1)));
        var census = _node.Router.Summarize(3);
        Assert.That((census.Dead, census.Listed[2].Url), Is.EqualTo((1000, "http://4")));
        Assert.That(census.Listed[2].Origin, Is.EqualTo(DeadMarkOrigin.ThisNode));
    }

    [TestCase("del dead:a.com")]
    [TestCase("srem dead:a.com 0")]
    public async Task MarkEndedByHand_IsOverEverywhere(string command)
    {
        await RouteAsync("http://1", "http://2");
        await FailAsync(_node, "http://1");
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1", "Redis has the mark");
        _redis.Cli(command.Split(' '));
        foreach (var node in (RoutedNode[])[_node, _other])
        {
            await node.SettleAsync(_redis);
            await AssertBothAsync(node);
        }
    }

    [Test]
    public async Task MarkMadeByHand_IsObeyedByAllAndNotTried()
    {
        await RouteAsync("http://1");
        _redis.Cli("sadd", "dead:a.com", "0");
        foreach (var node in (RoutedNode[])[_node, _other])
        {
            await node.SettleAsync(_redis);
            for (var i = 0; i < 5; i++)
            {
                Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("AllBackendsDead"));
            }
        }
    }

    [Test]
    public async Task ChangedList_NeverSilencesTheWrongBackend()
    {
        await RouteAsync("http://1", "http://2", "http://3");
        _redis.Kill();
        await FailAsync(_node, "http://1");    // not published yet
        _redis.Start();
        _redis.AddRoute("a.com", "a", "http://2", "http://1");
        await _node.SettleAsync(_redis);
        await AssertOnlyAsync(_node, "http://2");
        await Eventually.IsTrue(() => _redis.Cli("smembers", "dead:a.com") == "1", "published with its current index");
        Assert.That(_node.Errors, Has.Exactly(1).Contains("the dead mark of backend http://1 cannot be published"));
    }

    [TestCase("lpush frontend:a.com http://new a", "http://new http://2", TestName = "ListGrownAtItsHead_KeepsTheMark")]
    [TestCase("lrem frontend:a.com 1 http://1", "http://2", TestName = "ListWithoutTheDeadOne_HasNoOtherSilenced")]
    public async Task ShiftedList_NeverSilencesTheWrongBackend(string change, string living)
    {
        await RouteAsync("http://1", "http://2");
        await FailAsync(_node, "http://1");
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1", "Redis has the mark");
        await _other.SettleAsync(_redis);
        await AssertOnlyAsync(_other, "http://2");

        // lpush puts the second word first: a new identifier, and the old one is left out of the list.
        if (change.StartsWith("lpush", StringComparison.Ordinal)) _redis.Cli("lpop", "frontend:a.com");
        _redis.Cli(change.Split(' '));
        foreach (var node in (RoutedNode[])[_node, _other])
        {
            await node.SettleAsync(_redis);
            Assert.That(await UrlsAsync(node), Is.EquivalentTo(living.Split(' ')));
        }
    }

    [Test]
    public async Task BackendThatFailsAgainAndAgain_DoesNotProlongTheMarkOfAnother()
    {
        await using var node = await NodeAsync(TimeSpan.FromSeconds(2));
        await RouteAsync("http://1", "http://2", "http://3");
        await FailAsync(node, "http://1");
        var second = await node.ChooseAsync("a.com");
        second = second with { Backend = second.Route!.Backends[1] };
        await Eventually.IsTrue(
            async () =>
            {
                node.Router.MarkDead(second);
                return await node.UrlAsync("a.com") == "http://1";
            },
            "the first mark is over");
        Assert.That(await UrlsAsync(node), Does.Not.Contain("http://2"));
        await Eventually.IsTrue(async () => (await UrlsAsync(_other)).Contains("http://1"), "for the other node, too");
        Assert.That(await UrlsAsync(_other), Does.Not.Contain("http://2"));
    }

    [Test]
    public async Task MarkThatAMonitorKeeps_IsNotEndedByItsDeadline()
    {
        await using var node = await NodeAsync(TimeSpan.FromSeconds(1));
        _redis.Cli("set", "dead:a.com:http://1", "some-host");
        foreach (var host in (string[])["a.com", "b.com"])
        {
            _redis.AddRoute(host, "id", "http://1");
            node.Router.MarkDead(await node.ChooseAsync(host));
            await Eventually.IsTrue(() => _redis.Cli("persist", $"dead:{host}") == "1", "Redis has the mark");
        }
        await Eventually.IsTrue(() => _redis.Cli("exists", "dead:b.com") == "0", "the mark without a lock is over");
        Assert.That(_redis.Cli("smembers", "dead:a.com"), Is.EqualTo("0"));
    }

    [Test]
    public async Task LoneBackendThatIsBack_IsFoundByATrial()
    {
        await RouteAsync("http://1");
        foreach (var node in (RoutedNode[])[_node, _other])
        {
            await FailAsync(node, "http://1");
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("AllBackendsDead"));
            var trial = await TrialAsync(node);
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("AllBackendsDead"), "one for a second");
            var retry = await node.ChooseAsync("a.com", new Attempt(1, 0));
            Assert.That(retry.Failure, Is.EqualTo(Failure.AllBackendsDead));

            node.Router.ReportConnected(trial);
            await AssertOnlyAsync(node, "http://1");
            await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com") == "0", "the mark has left Redis");
            await node.SettleAsync(_redis);
            await AssertOnlyAsync(node, "http://1");
        }
    }

    [Test]
    public async Task FailureHeardFromAnotherNode_IsTriedToo()
    {
        await RouteAsync("http://1");
        await _other.UrlAsync("a.com");
        await FailAsync(_node, "http://1");
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1", "Redis has the mark");
        await _other.SettleAsync(_redis);
        var trial = await TrialAsync(_other);
        _other.Router.ReportConnected(trial);
        await AssertOnlyAsync(_other, "http://1");
        await Eventually.IsTrue(async () => await _node.UrlAsync("a.com") == "http://1", "the first node follows");
    }

    [Test]
    public async Task FailedTrial_KeepsTheMark()
    {
        await RouteAsync("http://1");
        await FailAsync(_node, "http://1");
        var trial = await TrialAsync(_node);
        _node.Router.MarkDead(trial);
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("AllBackendsDead"));
    }

    [Test]
    public async Task RevivalDuringAnOutage_IsToldAfterwards()
    {
        await RouteAsync("http://1");
        await FailAsync(_node, "http://1");
        await Eventually.IsTrue(() => _redis.Cli("scard", "dead:a.com") == "1", "Redis has the mark");
        await _node.SettleAsync(_redis);
        var trial = await TrialAsync(_node);
        _redis.Freeze();
        _node.Router.ReportConnected(trial);
        await AssertOnlyAsync(_node, "http://1");
        await Eventually.IsTrue(
            () => _node.Errors.Any(line => line.Contains("cannot be published", StringComparison.Ordinal)),
            "Redis is silent");
        _redis.Thaw();
        await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com") == "0", "the mark has left Redis");
    }

    [Test]
    public async Task LoneBackend_IsNotMarkedInTheWayOfHipache()
    {
        await using var node = await RoutedNode.StartAsync(_redis, new RoutingSettings { MarksLoneBackend = false });
        await RouteAsync("http://1");
        await FailAsync(node, "http://1");
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://1"));
        _redis.AddRoute("a.com", "http://2");
        await node.SettleAsync(_redis);
        await FailAsync(node, "http://1");
        await AssertOnlyAsync(node, "http://2");
    }

    private async Task<RoutedNode> NodeAsync(TimeSpan? deadBackendTime = null)
    {
        var settings = new RoutingSettings();
        if (deadBackendTime is { } time) settings = settings with { DeadBackendTime = time };
        var node = await RoutedNode.StartAsync(_redis, settings);
        await node.SettleAsync(_redis);
        return node;
    }

    private async Task RouteAsync(params string[] urls)
    {
        _redis.AddRoute("a.com", ["a", .. urls]);
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
    }

    private static async Task FailAsync(RoutedNode node, string url)
    {
        Choice choice = default;
        await Eventually.IsTrue(
            async () => (choice = await node.ChooseAsync("a.com")).Backend?.Url == url, $"{url} is chosen");
        node.Router.MarkDead(choice);
    }

    private static async Task<Choice> TrialAsync(RoutedNode node)
    {
        Choice trial = default;
        await Eventually.IsTrue(async () => (trial = await node.ChooseAsync("a.com")).IsTrial, "a trial goes through");
        return trial;
    }

    private static async Task<HashSet<string>> UrlsAsync(RoutedNode node)
    {
        var urls = new HashSet<string>();
        for (var i = 0; i < 4; i++)
        {
            urls.Add(await node.UrlAsync("a.com"));
        }
        return urls;
    }

    private static async Task AssertOnlyAsync(RoutedNode node, string url) =>
        Assert.That(await UrlsAsync(node), Is.EqualTo(new[] { url }));

    private static async Task AssertBothAsync(RoutedNode node) =>
        Assert.That(await UrlsAsync(node), Is.EquivalentTo(new[] { "http://1", "http://2" }));
}
