using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Files;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

public class SnapshotTests
{
    private RedisServer _redis = null!;
    private string _directory = "";

    private string Snapshot => Path.Combine(_directory, "routes");

    [SetUp]
    public void Start()
    {
        _directory = Directory.CreateTempSubdirectory("planb-snapshot-").FullName;
        _redis = RedisServer.Start();
    }

    [TearDown]
    public void Stop()
    {
        _redis.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task NodeStartedWithoutRedis_ServesTheSnapshot()
    {
        await TakeAsync();
        _redis.Kill();
        await using var node = await RoutedNode.StartAsync(_redis, snapshot: Snapshot);
        Assert.That(await node.UrlAsync("a.com:80"), Is.EqualTo("http://a"));
        Assert.That(await node.UrlAsync("b.com"), Is.EqualTo("http://any"));
        Assert.That(await node.Router.PingAsync(), Is.Null);

        _redis.Start();
        _redis.AddRoute("a.com", "a", "http://new");
        await node.SettleAsync(_redis);
        Assert.That(await node.UrlAsync("a.com:80"), Is.EqualTo("http://new"));
        Assert.That(await node.UrlAsync("b.com"), Is.EqualTo("NoRoute"));
    }

    [Test]
    public async Task NodeStartedWithAnEmptyRedis_ServesTheSnapshotUntilThereIsAKey()
    {
        await TakeAsync();
        _redis.Cli("flushall");
        await using var node = await RoutedNode.StartAsync(_redis, snapshot: Snapshot);
        await Eventually.IsTrue(() => !node.Errors.IsEmpty, "the emptiness is noticed");
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://a"));
        _redis.AddRoute("c.com", "c", "http://c");
        await node.SettleAsync(_redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));
    }

    [Test]
    public async Task RouteThatIsGone_LeavesTheSnapshot()
    {
        await TakeAsync();
        _redis.Cli("del", "frontend:a.com");
        await using (var node = await RoutedNode.StartAsync(_redis, snapshot: Snapshot))
        {
            await node.SettleAsync(_redis);
            await node.UrlAsync("a.com");
        }
        Assert.That(await File.ReadAllTextAsync(Snapshot), Is.EqualTo("rpush frontend:* any http://any\n"));
    }

    [Test]
    public async Task Snapshot_IsSavedWhileRunning()
    {
        var errors = new List<string>();
        await using var snapshot = new Snapshot(Snapshot, 10, errors.Add, TimeSpan.FromMilliseconds(20));
        snapshot.Record(["b.com", "*"], new StoredRoute(1, ["id", "http://b"], [], null));
        await Eventually.IsTrue(() => File.Exists(Snapshot), "it is saved");
        Assert.That(await File.ReadAllTextAsync(Snapshot), Is.EqualTo("rpush frontend:* id http://b\n"));
    }

    [Test]
    public async Task SnapshotThatCannotBeWritten_IsReported()
    {
        var errors = new List<string>();
        var snapshot = new Snapshot(Path.Combine(_directory, "none", "routes"), 10, errors.Add);
        snapshot.Record(["b.com"], new StoredRoute(0, ["id", "http://b"], [], null));
        await snapshot.DisposeAsync();
        Assert.That(errors, Has.Count.EqualTo(1));
    }

    private async Task TakeAsync()
    {
        _redis.AddRoute("a.com", "a", "http://a");
        _redis.AddRoute("*", "any", "http://any");
        await using var node = await RoutedNode.StartAsync(_redis, snapshot: Snapshot);
        await node.SettleAsync(_redis);
        await node.UrlAsync("a.com");
        await node.UrlAsync("b.com");
    }
}
