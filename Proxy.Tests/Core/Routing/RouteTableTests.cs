using NUnit.Framework;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>Routes in memory, kept true by what a real Redis pushes.</summary>
public class RouteTableTests
{
    private RedisServer _redis = null!;
    private RoutedNode _node = null!;

    [OneTimeSetUp]
    public void StartRedis() => _redis = RedisServer.Start();

    [OneTimeTearDown]
    public void StopRedis() => _redis.Dispose();

    [SetUp]
    public async Task StartAsync()
    {
        _redis.Cli("flushall");
        _node = await RoutedNode.StartAsync(
            _redis, new RoutingSettings { RoutesMax = 100, UnknownHostsMax = 100 });
        await _node.SettleAsync(_redis);
    }

    [TearDown]
    public async Task StopAsync() => await _node.DisposeAsync();

    [TestCase("rpush frontend:a.com http://2", "http://1 http://2")]
    [TestCase("del frontend:a.com", "NoRoute")]
    [TestCase("lrem frontend:a.com 1 http://1", "NoRoute")]
    [TestCase("lset frontend:a.com 1 http://3", "http://3")]
    [TestCase("rename frontend:a.com frontend:b.com", "NoRoute")]
    [TestCase("pexpire frontend:a.com 30", "NoRoute")]
    [TestCase("flushall", "NoRoute")]
    [TestCase("flushdb", "NoRoute")]
    [TestCase("sadd dead:a.com 0", "AllBackendsDead")]
    [TestCase("eval redis.call('del','frontend:a.com') 0", "NoRoute")]
    public async Task Change_IsEffectiveByPush(string command, string urls)
    {
        _redis.AddRoute("a.com", "a", "http://1");
        await _node.SettleAsync(_redis);
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("http://1"));

        _redis.Cli(command.Split(' '));
        var wanted = urls.Split(' ').ToHashSet();
        await Eventually.IsTrue(
            async () => wanted.SetEquals([await _node.UrlAsync("a.com"), await _node.UrlAsync("a.com")]),
            $"{command} is effective");
    }

    [Test]
    public async Task RouteForAHostThatHadNone_IsEffectiveByPush()
    {
        Assert.That(await _node.UrlAsync("x.a.com:80"), Is.EqualTo("NoRoute"));
        foreach (var host in (string[])["*", "*.com", "*.a.com", "x.a.com", "x.a.com:80"])
        {
            _redis.AddRoute(host, "a", $"http://{host.Length}");
            await _node.SettleAsync(_redis);
            Assert.That(await _node.UrlAsync("x.a.com:80"), Is.EqualTo($"http://{host.Length}"));
        }
        _redis.Cli("del", "frontend:x.a.com:80", "frontend:x.a.com");
        await _node.SettleAsync(_redis);
        Assert.That(await _node.UrlAsync("x.a.com:80"), Is.EqualTo("http://7"));
    }

    [Test]
    public async Task KnownHosts_CostRedisNothing()
    {
        _redis.AddRoute("a.com", "a", "http://1");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
        await _node.UrlAsync("unknown.com");
        var before = _redis.Calls("lrange") + _redis.Calls("smembers");
        for (var i = 0; i < 1000; i++)
        {
            await _node.UrlAsync("a.com");
            await _node.UrlAsync("unknown.com");
        }
        Assert.That(_redis.Calls("lrange") + _redis.Calls("smembers"), Is.EqualTo(before));
    }

    [Test]
    public async Task KnownHost_IsFoundWithoutAllocation()
    {
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
        Allocated();
        Assert.That(Allocated(), Is.Zero);

        long Allocated()
        {
            var start = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++) _node.ChooseAtOnce("a.com"u8);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
    }

    [Test]
    public async Task ManyRequestsForANewHost_AreOneReading()
    {
        _redis.AddRoute("a.com", "a", "http://1");
        await _node.SettleAsync(_redis);
        var before = _redis.Calls("lrange");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _node.ChooseAsync("a.com").AsTask()));
        Assert.That(_redis.Calls("lrange") - before, Is.EqualTo(HostForms.Of("a.com"u8).Length));
    }

    [Test]
    public async Task ReadingAgain_AsksOnlyForWhatMatters()
    {
        _redis.AddRoute("x.a.com", "a", "http://1");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("x.a.com");
        var before = _redis.Calls("lrange") + _redis.Calls("smembers");
        _redis.AddRoute("x.a.com", "http://2");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("x.a.com");
        Assert.That(_redis.Calls("lrange") + _redis.Calls("smembers") - before, Is.EqualTo(2));
    }

    [Test]
    public async Task HostsThatDoNotExist_AreRememberedWithinABound()
    {
        for (var i = 0; i < 1000; i++)
        {
            await _node.UrlAsync($"{i}.com");
            Assert.That(_node.Router.UnknownHosts, Is.LessThanOrEqualTo(100));
        }
        Assert.That(_node.Router.UnknownHosts, Is.GreaterThan(50));
    }

    [Test]
    public async Task HostsWithARoute_AreRememberedWithinABoundAndTheirCountersGoWithThem()
    {
        _redis.AddRoute("*", "a", "http://1");
        await _node.SettleAsync(_redis);
        for (var i = 0; i < 1000; i++)
        {
            await _node.UrlAsync($"{i}.com");
        }
        Assert.That(_node.Router.Routes, Is.InRange(50, 100));

        for (var i = 0; i < 300; i++)
        {
            _redis.AddRoute($"{i}.net", "a", "http://1");
            Assert.That(await _node.UrlAsync($"{i}.net"), Is.EqualTo("http://1"));
        }
        Assert.That(_node.Router.Frontends, Is.LessThanOrEqualTo(101));
    }

    [Test]
    public async Task ExpiryOfADeadSet_IsNoticedByTheClock()
    {
        // Redis deletes an expired key late when there are many: the push of it cannot be waited for.
        _redis.Cli("debug", "set-active-expire", "0");
        _redis.AddRoute("a.com", "a", "http://1");
        _redis.Cli("sadd", "dead:a.com", "0");
        _redis.Cli("pexpire", "dead:a.com", "300");
        await _node.SettleAsync(_redis);
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("AllBackendsDead"));
        await Eventually.IsTrue(async () => await _node.UrlAsync("a.com") == "http://1", "the mark is over");
        _redis.Cli("debug", "set-active-expire", "1");
    }

    [Test]
    public async Task ChangesWhileReading_AreNeverLost()
    {
        string[] hosts = [.. Enumerable.Range(0, 5).Select(i => $"{i}.com")];
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (var host in hosts) await _node.UrlAsync(host);
                await Task.Delay(1);    // What is known needs no waiting: the threads are for others, too.
            }
        });
        for (var round = 0; round < 100; round++)
        {
            foreach (var host in hosts)
                await _node.Redis.Write.Database.ListLeftPushAsync($"frontend:{host}", [$"http://{round}", "a"]);
            await _node.SettleAsync(_redis);
            foreach (var host in hosts)
            {
                var choice = await _node.ChooseAsync(host);
                Assert.That(choice.Route!.Backends[0].Url, Is.EqualTo($"http://{round}"));
                await _node.Redis.Write.Database.KeyDeleteAsync($"frontend:{host}");
            }
        }
        await stop.CancelAsync();
        await asking;
    }

    [Test]
    public async Task FeedThatIsKilled_ComesBackAndMissesNothing()
    {
        _redis.AddRoute("a.com", "a", "http://1");
        await _node.SettleAsync(_redis);
        for (var i = 2; i < 7; i++)
        {
            await _node.UrlAsync("a.com");
            var epoch = _node.Changes.Latest;
            var feed = _redis.Cli("client", "list").Split('\n')
                .Single(line => line.Contains($"name={RedisConnection.ClientName}-feed ", StringComparison.Ordinal));
            _redis.Cli("client", "kill", "id", feed.Split(' ')[0]["id=".Length..]);
            _redis.Cli("lset", "frontend:a.com", "1", $"http://{i}");
            await Eventually.IsTrue(() => _node.Changes.Epoch > epoch, "armed again");
            Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo($"http://{i}"));
        }
    }

    [Test]
    public async Task MalformedEntries_AreReportedOncePerChange()
    {
        _redis.AddRoute("a.com", "a", "http://1", "ftp://2");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
        _redis.Cli("sadd", "dead:a.com", "1");
        await _node.SettleAsync(_redis);
        await _node.UrlAsync("a.com");
        Assert.That(_node.Errors, Is.EqualTo(new[] { "frontend:a.com: ignoring invalid backends: 1 \"ftp://2\"" }));
    }
}
