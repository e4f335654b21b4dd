using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Table;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>A Redis that cannot push changes.</summary>
public class UntrackedRedisTests
{
    [TestCase("HELLO")]
    [TestCase("CLIENT")]
    public async Task WithoutPushes_EachRequestReads(string missing)
    {
        using var redis = RedisServer.Start("--rename-command", missing, "X" + missing);
        await using var node = await UntrackedNodeAsync(redis, new RoutingSettings());
        foreach (var url in (string[])["http://1", "http://2"])
        {
            redis.Cli("del", "frontend:a.com");
            redis.AddRoute("a.com", "a", url);
            Assert.That(await node.UrlAsync("a.com"), Is.EqualTo(url));
        }
        Assert.That(node.Errors, Has.Exactly(1).Contains("does not push changes"));

        redis.Kill();
        Assert.That(await node.UrlAsync("a.com"), Is.EqualTo("http://2"));
    }

    [Test, Category("G-RO-10"), Category("G-RO-2")]
    public async Task WithBackendCache_EntriesLiveTwoSeconds()
    {
        using var redis = RedisServer.Start("--rename-command", "HELLO", "XHELLO");
        await using var node = await UntrackedNodeAsync(redis, new RoutingSettings { CachesUntracked = true });
        redis.AddRoute("a.com", "a", "1", "2", "3");
        var seen = new List<string> { await node.UrlAsync("a.com") };
        redis.AddRoute("a.com", "4");
        for (var i = 0; i < 3; i++)
        {
            seen.Add(await node.UrlAsync("a.com"));
        }
        Assert.That(seen, Is.EqualTo(new[] { "1", "2", "3", "1" }));
        await Eventually.IsTrue(async () => await node.UrlAsync("a.com") == "4", "the list is read again");
    }

    private static async Task<RoutedNode> UntrackedNodeAsync(RedisServer redis, RoutingSettings settings)
    {
        var node = await RoutedNode.StartAsync(redis, settings);
        await Eventually.IsTrue(() => node.Changes.Epoch == ChangeTracker.Polling, "the server's limits are noticed");
        return node;
    }
}
