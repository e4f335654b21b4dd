using NUnit.Framework;
using Proxy.Core.Redis;
using Proxy.Core.Redis.Connections;
using Proxy.Core.Redis.Protocol;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Health;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Redis;

public class RedisRoutesTests
{
    private RedisServer _redis = null!;
    private RedisConnections _connections = null!;
    private RedisRoutes _routes = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.Start();
        _connections = await RedisConnections.StartAsync(
            RoutedNode.At("read", _redis), RoutedNode.At("write", _redis), SystemNames.Resolver);
        _routes = new RedisRoutes(_connections);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _connections.DisposeAsync();
        _redis.Dispose();
    }

    [SetUp]
    public void Clear() => _redis.Cli("flushall");

    [Test, Category("G-BE-1"), Category("G-BE-2")]
    public async Task List_IsReadWithoutItsIdentifierAsBackend()
    {
        _redis.AddRoute("f1.com", "myapp", "srv1", "srv2");
        var reading = await _routes.ReadAsync(["f1.com"], 1);
        Assert.That(reading!.List, Is.EqualTo(new[] { "myapp", "srv1", "srv2" }));
        Assert.That(reading.Dead, Is.Empty);
    }

    [Test, Category("G-BE-3")]
    public async Task DeadSet_IsReadWithItsExpiry()
    {
        _redis.AddRoute("f1.com", "f1.com", "srv1", "srv2");
        _redis.Cli("sadd", "dead:f1.com", "0", "1");
        var reading = await _routes.ReadAsync(["f1.com"], 1);
        Assert.That(reading!.Dead, Is.EquivalentTo(new[] { 0, 1 }));
        Assert.That(reading.DeadFor, Is.Null);

        _redis.Cli("expire", "dead:f1.com", "7");
        reading = await _routes.ReadAsync(["f1.com"], 1);
        Assert.That(reading!.DeadFor!.Value.TotalSeconds, Is.GreaterThan(1).And.LessThanOrEqualTo(7));
    }

    [Test]
    public async Task MembersThatAreNoIndexes_AreIgnored()
    {
        _redis.AddRoute("f1.com", "f1.com", "srv1", "srv2");
        _redis.Cli("sadd", "dead:f1.com", "x", "-1", "2", "99999999999", "", "1");
        Assert.That((await _routes.ReadAsync(["f1.com"], 1))!.Dead, Is.EqualTo(new[] { 1 }));
    }

    [Test, Category("G-BE-4")]
    public async Task DeadBackend_IsToldInTheFormatOfThePeers()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var subscriber = await RespConnection.OpenAsync(_redis.EndPoint, SystemNames.Resolver, null, limit.Token);
        await subscriber.CallAsync(limit.Token, "SUBSCRIBE", "dead");
        var death = new DeadNotice("f1.com", "url1", 0, 2, TimeSpan.FromSeconds(30), IsLate: false);
        await _routes.PublishDeadAsync(death);
        using (Assert.EnterMultipleScope())
        {
            var message = await subscriber.ReadAsync(limit.Token);
            Assert.That(message.Items[2].ToString(), Is.EqualTo("f1.com;url1;0;2"));
            Assert.That(_redis.Cli("smembers", "dead:f1.com"), Is.EqualTo("0"));
            Assert.That(_redis.Cli("ttl", "dead:f1.com"), Is.AnyOf("30", "29"));
        }
    }

    [Test]
    public async Task DeathToldLate_TakesTheIndexOfTheListAsItIsNow()
    {
        _redis.AddRoute("f1.com", "f1.com", "new", "url1");
        var remaining = TimeSpan.FromSeconds(3);
        await _routes.PublishDeadAsync(new DeadNotice("f1.com", "url1", 0, 1, remaining, IsLate: true));
        Assert.That(_redis.Cli("smembers", "dead:f1.com"), Is.EqualTo("1"));

        _redis.AddRoute("f2.com", "f2.com", "other");
        await _routes.PublishDeadAsync(new DeadNotice("f2.com", "gone", 0, 1, remaining, IsLate: true));
        Assert.That(_redis.Cli("exists", "dead:f2.com"), Is.EqualTo("0"));
    }

    [Test]
    public async Task RevivedBackend_LeavesTheSet()
    {
        _redis.AddRoute("f1.com", "f1.com", "url0", "url1");
        _redis.Cli("sadd", "dead:f1.com", "0", "1");
        await _routes.PublishAliveAsync(new DeadNotice("f1.com", "url1", 1, 2, TimeSpan.Zero, IsLate: false));
        Assert.That(_redis.Cli("smembers", "dead:f1.com"), Is.EqualTo("0"));
    }

    [Test]
    public async Task FirstListWithABackend_Wins()
    {
        _redis.AddRoute("a.com", "only the identifier");
        _redis.AddRoute("*.com", "id", "srv");
        _redis.AddRoute("*", "id", "other");
        Assert.That((await _routes.ReadAsync(["a.com", "*.com", "*"], 3))!.Name, Is.EqualTo(1));
        Assert.That((await _routes.ReadAsync(["a.com", "*.com", "*"], 1))!.Name, Is.EqualTo(1));
        Assert.That(await _routes.ReadAsync(["a.com", "*.net"], 2), Is.Null);
    }

    [TestCase("frontend:f1.com")]
    [TestCase("dead:f1.com")]
    public void KeyOfAnotherType_IsAnErrorWithTheTextOfRedis(string key)
    {
        _redis.AddRoute("f1.com", "f1.com", "srv1");
        _redis.Cli("del", key);
        _redis.Cli("set", key, "text");
        Assert.That(
            async () => await _routes.ReadAsync(["f1.com"], 1),
            Throws.TypeOf<RoutesUnavailableException>().With.Message.Contains("WRONGTYPE"));
    }

    [Test]
    public async Task Bytes_ReachTheKeyUnchanged()
    {
        _redis.AddRoute("b\u00fccher.de", "id", "srv");    // in UTF-8, as redis-cli writes it
        var name = System.Text.Encoding.Latin1.GetString("b\u00fccher.de"u8);
        Assert.That(await _routes.ReadAsync([name], 1), Is.Not.Null);
    }
}
