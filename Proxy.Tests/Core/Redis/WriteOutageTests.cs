using System.Net;
using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Redis;

/// <summary>Dead marks while the Redis that they are written to is unavailable, refuses them, or has moved.</summary>
public class WriteOutageTests
{
    private RedisServer _read = null!;
    private RedisServer _write = null!;

    [SetUp]
    public void Start() => (_read, _write) = (RedisServer.Start(), RedisServer.Start());

    [TearDown]
    public void Stop()
    {
        _write.Dispose();
        _read.Dispose();
    }

    [Test]
    public async Task ListThatOnlyTheReadSideHas_KeepsTheMark()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        await FailDuringOutageAsync(node, "http://2");
        _write.Start();
        await Eventually.IsTrue(() => Set() == "1", "the mark is published");
        await ErrorAsync(node, "the dead mark of backend http://2 is now published");
    }

    [Test]
    public async Task MarkThatTheReadSideNeverGets_HoldsHereAllTheSame()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        await FailDuringOutageAsync(node, "http://1");
        var failed = node.Changes.Clock.Now;
        await Eventually.IsTrue(() => node.Changes.Clock.Now - failed > 1100, "the message will come late");
        _write.Start();
        await ErrorAsync(node, "is now published");
        var published = node.Changes.Clock.Now;
        await Eventually.IsTrue(
            async () =>
            {
                Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://2"));
                _read.Cli("sadd", "dead:a.com", "5");
                _read.Cli("srem", "dead:a.com", "5");
                return node.Changes.Clock.Now - published > 1500;    // longer than a copy may lag behind
            },
            "it is read again and again");
        Assert.That(node.Errors, Has.None.Contains("back in service").And.None.Contains("another node"));
    }

    [Test]
    public async Task ListThatHasChanged_HasTheMarkAtTheIndexOfNow()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        await FailDuringOutageAsync(node, "http://2");
        _read.Cli("linsert", "frontend:a.com", "before", "http://1", "http://0");
        _write.Start();
        await Eventually.IsTrue(() => Set() == "2", "the mark is published");
    }

    [Test]
    public async Task ListOfThePrimary_WinsOverTheCopyThatLags()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        await FailDuringOutageAsync(node, "http://2");
        _write.Start();
        _write.AddRoute("a.com", "a", "http://2", "http://1");
        await Eventually.IsTrue(() => Set() == "0", "the mark is published");
    }

    [Test]
    public async Task ListThatIsLoadedLate_GetsTheMarkThen()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        await FailDuringOutageAsync(node, "http://2");
        _read.Cli("del", "frontend:a.com");
        _write.Start();
        await ErrorAsync(node, "it has no list frontend:a.com yet");
        _write.AddRoute("a.com", "a", "http://1", "http://2");
        await Eventually.IsTrue(() => Set() == "1", "the mark is published");
    }

    [Test]
    public async Task BackendThatHasLeftBothLists_IsNotMarked()
    {
        await using var node = await NodeAsync("http://1", "http://2", "http://3");
        await FailDuringOutageAsync(node, "http://2");
        _read.Cli("lrem", "frontend:a.com", "1", "http://2");
        _write.Start();
        await ErrorAsync(node, "is now published");
        Assert.That(Set(), Is.Empty);
    }

    [Test]
    public async Task MonitorOfAListThatOnlyTheReadSideHas_WatchesAndRevives()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        var isUp = false;
        _read.Cli("hset", "healthcheck:a.com", "path", "health");
        HealthCheck? asked = null;
        node.StartMonitor((_, check, _) =>
        {
            asked = check;
            return Task.FromResult(Volatile.Read(ref isUp));
        }, TimeSpan.FromSeconds(30));
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => _write.Cli("get", "dead:a.com:http://1").Length > 0, "it is watched");
        await Eventually.IsTrue(() => asked is not null, "it is probed");
        Assert.That(asked!.Path, Is.EqualTo("/health"));
        Volatile.Write(ref isUp, true);
        await Eventually.IsTrue(() => node.Monitor!.Watches == 0, "it is revived");
        Assert.That(Set(), Is.Empty);
        Assert.That(_write.Cli("exists", "dead:a.com:http://1"), Is.EqualTo("0"), "the lock is given back");
    }

    [Test]
    public async Task PrimaryThatBecameAReplica_IsNamedAndLeftForTheNextOne()
    {
        await using var node = await NodeAsync("http://1", "http://2");
        using var primary = RedisServer.Start();
        _write.Cli("replicaof", "127.0.0.1", $"{primary.Port}");
        var before = node.Redis.Write.Reconnects;
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await ErrorAsync(node, "READONLY: it is a replica, which takes no writes");
        await Eventually.IsTrue(() => node.Redis.Write.Reconnects > before, "the connection is made again");

        _write.Cli("replicaof", "no", "one");    // as if the name had moved to a primary
        await Eventually.IsTrue(() => Set() == "0", "the mark is published");
    }

    [Test]
    public async Task ReplicaThatIsPromoted_TakesMarksSoon()
    {
        using var primary = RedisServer.Start();
        _write.Cli("replicaof", "127.0.0.1", $"{primary.Port}");
        await using var node = await NodeAsync("http://1", "http://2");
        _write.Cli("replicaof", "no", "one");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => Set() == "0", "the mark is published");
    }

    [Test]
    public async Task NameThatPointsToAnotherPrimary_IsFollowedThoughTheOldOneAnswers()
    {
        using var successor = RedisServer.Start();
        successor.AddRoute("a.com", "a", "http://new");
        successor.Cli("config", "set", "bind", "127.0.0.2");
        successor.Cli("config", "set", "port", $"{_read.Port}");
        _read.AddRoute("a.com", "a", "http://old");
        var hosts = Path.GetTempFileName();
        await File.WriteAllTextAsync(hosts, "127.0.0.1 redis.test\n");
        await using var names = new NameResolver(
            new NameSettings { HostsFile = hosts }, TimeProvider.System, _ => { });
        var at = RoutedNode.At("read", _read) with { Address = new DnsEndPoint("redis.test", _read.Port) };
        await using var node = await RoutedNode.StartAsync(at, at with { Role = "write" }, names: names);
        await node.SettleAsync(_read);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://old"));

        await File.WriteAllTextAsync(hosts, "127.0.0.2 redis.test\n");
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "the name is followed");
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await Eventually.IsTrue(() => successor.Cli("scard", "dead:a.com") == "1", "marks go there too");
        File.Delete(hosts);
    }

    [TestCase("config set maxmemory 1", "OOM: its memory is full")]
    [TestCase("config set min-replicas-to-write 1", "NOREPLICAS: too few of its replicas are connected")]
    [TestCase("acl setuser default -sadd", "NOPERM: the user default may not run sadd; allow it: ACL SETUSER default")]
    [TestCase("acl setuser default resetchannels", "ACL SETUSER default &dead")]
    public async Task RefusedMark_IsLoggedWithItsReason(string problem, string words)
    {
        await using var node = await NodeAsync("http://1", "http://2");
        _write.Cli(problem.Split(' '));
        node.Router.MarkDead(await node.ChooseAsync("a.com"));
        await ErrorAsync(node, words);
        Assert.That(node.Errors, Has.None.Contains("EXECABORT").And.None.Contains("ProtocolFailure"));
    }

    private string Set() => _write.Cli("smembers", "dead:a.com");

    private async Task<RoutedNode> NodeAsync(params string[] urls)
    {
        _read.AddRoute("a.com", ["a", .. urls]);
        var node = await RoutedNode.StartAsync(RoutedNode.At("read", _read), RoutedNode.At("write", _write));
        await node.SettleAsync(_read);
        return node;
    }

    private async Task FailDuringOutageAsync(RoutedNode node, string url)
    {
        Choice choice = default;
        await Eventually.IsTrue(
            async () => (choice = await node.ChooseAsync("a.com")).Backend?.Url == url, "it is chosen");
        _write.Kill();
        await Eventually.IsTrue(() => !node.Redis.Write.IsUp, "the loss is noticed");
        node.Router.MarkDead(choice);
        await ErrorAsync(node, $"the dead mark of backend {url} cannot be published");
    }

    private static Task ErrorAsync(RoutedNode node, string words) => Eventually.IsTrue(
        () => node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
}
