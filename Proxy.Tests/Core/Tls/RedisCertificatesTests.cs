using System.Collections.Concurrent;
using NUnit.Framework;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

public class RedisCertificatesTests
{
    private readonly ConcurrentQueue<string> _lines = new();
    private TestAuthority _authority = null!;
    private RedisServer _redis = null!;
    private RedisConnections _connections = null!;
    private CertificateCache _cache = null!;
    private ChangeTracker _changes = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _authority = new TestAuthority();
        _redis = RedisServer.Start();
        _connections = await RedisConnections.StartAsync(
            RoutedNode.At("read", _redis), RoutedNode.At("write", _redis), SystemNames.Resolver);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _connections.DisposeAsync();
        _redis.Dispose();
        _authority.Dispose();
    }

    [SetUp]
    public void Begin()
    {
        _changes = new ChangeTracker(new Clock());
        _changes.UsePolling();
        _redis.Cli("flushall");
        _lines.Clear();
        var rules = new CertificateRules(TlsPreset.Modern, "", 100);
        var store = new RedisCertificates(_connections.Read, _changes);
        _cache = new CertificateCache(store, rules, _lines.Enqueue, TimeProvider.System);
    }

    [TearDown]
    public void End() => _cache.Dispose();

    [Test, Category("G-TR-1")]
    public async Task UnknownName_HasNoCertificate() => Assert.That(await SubjectAsync("blah.com"), Is.Null);

    [TestCase("tsuru.com", "tsuru.com", Category = "G-TR-2")]
    [TestCase("hello.tsuru.io", "*.tsuru.io", Category = "G-TR-3")]
    public async Task Name_IsServedByItsHashOrTheWildcards(string name, string key)
    {
        Set(key);
        Assert.That(await SubjectAsync(name), Is.EqualTo($"CN={key}"));
    }

    [Test, Category("G-TR-4")]
    public async Task DeletedCertificate_IsServedUntilItIsReadAgain()
    {
        Set("tsuru.com");
        await SubjectAsync("tsuru.com");
        _redis.Cli("del", "tls:tsuru.com");
        Assert.That(await SubjectAsync("tsuru.com"), Is.EqualTo("CN=tsuru.com"));
        _cache.Changed("tsuru.com");
        Assert.That(await SubjectAsync("tsuru.com"), Is.Null);
    }

    [TestCase("certificate")]
    [TestCase("key")]
    public async Task HashWithoutOneField_IsNamed(string field)
    {
        Set("a.com");
        _redis.Cli("hdel", "tls:a.com", field);
        Assert.That(await SubjectAsync("a.com"), Is.Null);
        Assert.That(_lines, Is.EqualTo([
            $"certificate \"a.com\" is unusable: field \"{field}\" of tls:a.com is missing"]));
    }

    [Test]
    public async Task KeyOfAnotherType_IsTold()
    {
        _redis.Cli("set", "tls:a.com", "text");
        Assert.That(await SubjectAsync("a.com"), Is.Null);
        Assert.That(_lines, Is.EqualTo([
            "certificate \"a.com\" is unusable: tls:a.com is not a hash; store it with hset"]));
    }

    [Test]
    public async Task RedisThatIsAway_LeavesWhatIsKnown()
    {
        Set("a.com");
        await SubjectAsync("a.com");
        _redis.Kill();
        try
        {
            _cache.AllChanged();
            Assert.That(await SubjectAsync("a.com"), Is.EqualTo("CN=a.com"));
            Assert.That((await _cache.ChooseAsync("b.com")).Problem, Does.StartWith("read redis"));
        }
        finally
        {
            _redis.Start();
            await Eventually.IsTrue(
                async () => await new RedisRoutes(_connections).PingAsync() is null, "Redis is used again");
        }
    }

    [Test]
    public async Task ChangeInRedis_IsServedAtOnceWhereItIsPushed()
    {
        await using var feed = new RedisFeed(_connections.Read, _changes, () => false, _lines.Enqueue);
        await Eventually.IsTrue(() => _changes.Epoch > ChangeTracker.Disconnected, "changes are pushed");
        Set("a.com");
        Set("b.com");
        var before = (await _cache.ChooseAsync("a.com")).Certificate;
        var other = (await _cache.ChooseAsync("b.com")).Certificate;
        Set("a.com");
        await Eventually.IsTrue(
            async () => (await _cache.ChooseAsync("a.com")).Certificate != before, "the new certificate is served");
        Assert.That((await _cache.ChooseAsync("b.com")).Certificate, Is.SameAs(other));

        _redis.Cli("del", "tls:a.com");
        await Eventually.IsTrue(async () => await SubjectAsync("a.com") is null, "a deleted certificate is not");
    }

    private void Set(string name)
    {
        var pem = _authority.Issue(name);
        _redis.Cli("hset", "tls:" + name, "certificate", pem.Certificate, "key", pem.Key);
    }

    private async Task<string?> SubjectAsync(string name) =>
        (await _cache.ChooseAsync(name)).Certificate?.Options.ServerCertificateContext!.TargetCertificate.Subject;
}
