using NUnit.Framework;
using Proxy.Tests.Fixtures.Redis;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Core.Routing;

/// <summary>Changes that Redis does not push, such as SWAPDB: they are found when a route is read again.</summary>
public class UnpushedChangeTests
{
    [Test]
    public async Task SwappedDatabase_IsNoticedWithinAMinute()
    {
        using var redis = RedisServer.Start();
        redis.AddRoute("a.com", "a", "http://old");
        redis.CliIn(1, "rpush", "frontend:a.com", "a", "http://new");
        var time = new ManualTime();
        var at = RoutedNode.At("read", redis);
        await using var node = await RoutedNode.StartAsync(at, at, time: time);
        await node.SettleAsync(redis);
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://old"));

        redis.Cli("swapdb", "0", "1");
        await node.SettleAsync(redis);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://old"), "nothing was pushed");
        time.Advance(TimeSpan.FromSeconds(31));
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "http://new", "it is read again");
    }
}
