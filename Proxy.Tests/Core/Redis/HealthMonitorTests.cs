using System.Collections.Concurrent;
using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Redis;

public class HealthMonitorTests
{
    private static readonly TimeSpan DeadTime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, int> _probes = new();
    private readonly ConcurrentDictionary<string, int> _statuses = new();
    private RedisServer _redis = null!;

    [SetUp]
    public void Start()
    {
        _probes.Clear();
        _statuses.Clear();
        _redis = RedisServer.Start();
    }

    [TearDown]
    public void Stop() => _redis.Dispose();

    [Test, Category("G-MO-1")]
    public async Task HealthyBackend_IsProbedOnceAndBackAtOnce()
    {
        await using (var node = await NodeAsync())
        {
            _redis.AddRoute("a.com", "a", "http://1", "http://2");
            node.Router.MarkDead(await node.ChooseAsync("a.com"));
            await Eventually.IsTrue(() => Probes("http://1") == 1, "it is probed");
            await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com") == "0", "the mark is gone");
            await Eventually.IsTrue(() => node.Monitor!.Watches == 0, "the watch is over");
            await node.SettleAsync(_redis);
            string[] both = [await node.UrlAsync("a.com"), await node.UrlAsync("a.com")];
            Assert.That(both, Is.EquivalentTo(new[] { "http://1", "http://2" }));
        }
        Assert.That((Probes("http://1"), Probes("http://2")), Is.EqualTo((1, 0)));
        Assert.That(_redis.Cli("exists", "dead:a.com:http://1"), Is.EqualTo("0"));
    }

    [Test, Category("G-MO-2")]
    public async Task BackendWithTheWrongStatus_StaysOutUntilItIsRight()
    {
        await using var node = await NodeAsync();
        _statuses["http://1"] = 500;
        _redis.AddRoute("a.com", "a", "http://1");
        _redis.Cli("hset", "healthcheck:a.com", "status", "200", "path", "health", "body", "WORKING");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => Probes("http://1") >= 2, "it is probed");
        Assert.That(_redis.Cli("smembers", "dead:a.com"), Is.EqualTo("0"));
        Assert.That(_redis.Cli("get", "dead:a.com:http://1"), Is.EqualTo(Environment.MachineName));
        Assert.That(int.Parse(_redis.Cli("ttl", "dead:a.com:http://1"), null), Is.InRange(15, 30));
        Assert.That(_lastCheck, Is.EqualTo(new HealthCheck("/health", "WORKING", 200)));

        _statuses["http://1"] = 200;
        await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com:http://1") == "0", "the lock is gone");
        Assert.That(_redis.Cli("exists", "dead:a.com"), Is.EqualTo("0"));
    }

    [Test]
    public async Task BackendThatStaysDead_StaysOutBeyondItsMark()
    {
        await using var node = await NodeAsync(TimeSpan.FromSeconds(2));
        _statuses["http://1"] = 500;
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        _redis.Cli("hset", "healthcheck:a.com", "status", "200");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(
            async () =>
            {
                Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://2"));
                return Probes("http://1") >= 15;
            },
            "it is probed again and again");
    }

    [Test]
    public async Task BackendWhoseNameDoesNotResolve_IsNotKeptDeadForThat()
    {
        await using var node = await NodeAsync(TimeSpan.FromSeconds(1));
        _statuses["http://1"] = Unresolved;
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => Probes("http://1") >= 2, "it is probed again and again");
        await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com") == "0", "its mark expires");
        Assert.That(node.Monitor!.Watches, Is.EqualTo(1));
    }

    [Test]
    public async Task BackendOfAnotherNode_IsLeftToIt()
    {
        await using var node = await NodeAsync();
        _redis.AddRoute("a.com", "a", "http://1");
        _redis.Cli("set", "dead:a.com:http://1", "another-host");
        node.Monitor!.Watch(new DeadMessage("a.com", "http://1", 0));
        await Eventually.IsTrue(() => node.Monitor.Watches == 0, "it is given up");
        Assert.That(_probes, Is.Empty);
        Assert.That(_redis.Cli("get", "dead:a.com:http://1"), Is.EqualTo("another-host"));
    }

    [Test]
    public async Task BackendThatLeavesTheList_IsNoLongerWatched()
    {
        await using var node = await NodeAsync();
        _statuses["http://1"] = 500;
        _redis.AddRoute("a.com", "a", "http://1");
        _redis.Cli("hset", "healthcheck:a.com", "status", "200");
        node.Monitor!.Watch(new DeadMessage("a.com", "http://1", 0));
        await Eventually.IsTrue(() => Probes("http://1") >= 1, "it is probed");
        _redis.Cli("lrem", "frontend:a.com", "0", "http://1");
        await Eventually.IsTrue(() => node.Monitor.Watches == 0, "the watch is over");
        Assert.That(_redis.Cli("exists", "dead:a.com:http://1"), Is.EqualTo("0"));
    }

    [Test]
    public async Task ShiftedList_HasTheRightBackendTakenIn()
    {
        await using var node = await NodeAsync();
        _redis.AddRoute("a.com", "a", "http://new", "http://1", "http://1");
        _redis.Cli("sadd", "dead:a.com", "0", "1", "2", "3");
        node.Monitor!.Watch(new DeadMessage("a.com", "http://1/", 3));      // as Hipache publishes it
        await Eventually.IsTrue(() => node.Monitor.Watches == 0, "the watch is over");
        Assert.That(_redis.Cli("smembers", "dead:a.com"), Is.EqualTo("0"));
    }

    [Test]
    public async Task NodeThatIsStarted_WatchesWhatItFindsDead()
    {
        _redis.AddRoute("a.com", "a", "http://1", "http://2");
        _redis.Cli("sadd", "dead:a.com", "0");
        _redis.Cli("expire", "dead:a.com", "1000");
        _redis.AddRoute("b.com", "b", "http://by-hand");
        _redis.Cli("sadd", "dead:b.com", "0");
        await using var node = await NodeAsync();
        await node.UrlAsync("b.com");
        await node.UrlAsync("a.com");
        await Eventually.IsTrue(() => _redis.Cli("exists", "dead:a.com") == "0", "it is back");
        Assert.That(_probes.Keys, Is.EqualTo(new[] { "http://1" }));
        Assert.That(_redis.Cli("smembers", "dead:b.com"), Is.EqualTo("0"));
    }

    [TestCase(1000)]
    [TestCase(5000, Explicit = true, Category = "Large")]
    public async Task ManyBackendsThatComeBack_AreSoonInService(int count)
    {
        const int Backends = 100;
        await using var node = await NodeAsync();
        var isUp = false;
        node.StartMonitor((_, _, _) => Task.FromResult(Volatile.Read(ref isUp)), DeadTime);
        for (var f = 0; f < count / Backends; f++)
        {
            _redis.AddRoute($"{f}.com", [$"{f}", .. Enumerable.Range(0, Backends).Select(b => $"http://{f}.{b}")]);
            _redis.Cli(["sadd", $"dead:{f}.com", .. Enumerable.Range(0, Backends).Select(b => $"{b}")]);
            for (var b = 0; b < Backends; b++)
            {
                node.Monitor!.Watch(new DeadMessage($"{f}.com", $"http://{f}.{b}", b));
            }
        }
        await Eventually.IsTrue(() => _redis.Calls("exec") >= count, "all are found dead");
        Volatile.Write(ref isUp, true);
        await Eventually.IsTrue(() => node.Monitor!.Watches == 0, "all are back");
        Assert.That(_redis.Cli("keys", "dead:*"), Is.Empty);
    }

    private const int Unresolved = -1;

    private HealthCheck? _lastCheck;

    private int Probes(string url) => _probes.GetValueOrDefault(url);

    private async Task<RoutedNode> NodeAsync(TimeSpan? deadTime = null)
    {
        var node = await RoutedNode.StartAsync(
            _redis, new RoutingSettings { DeadBackendTime = deadTime ?? DeadTime });
        node.StartMonitor(ProbeAsync, deadTime ?? DeadTime);
        await node.SettleAsync(_redis);
        return node;
    }

    private Task<bool> ProbeAsync(Backend backend, HealthCheck check, CancellationToken cancel)
    {
        _lastCheck = check;
        _probes.AddOrUpdate(backend.Url, 1, static (_, count) => count + 1);
        if (_statuses.GetValueOrDefault(backend.Url) == Unresolved) throw new NameUnresolvedException("1", "no answer");
        return Task.FromResult(check.Status == 0 || check.Status == _statuses.GetValueOrDefault(backend.Url, 200));
    }
}
