using NUnit.Framework;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>Hipache's own cases of domain matching; the wanted status stands for the backend.</summary>
public class WildcardTests
{
    private RedisServer _redis = null!;
    private RoutedNode _node = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.Start();
        _node = await RoutedNode.StartAsync(_redis);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _node.DisposeAsync();
        _redis.Dispose();
    }

    [TestCase("*.foo.bar=201", "test.foo.bar=201 pipo.foo.bar=201 foo.bar=400", Category = "H-F-11..13")]
    [TestCase("*.foo=201", "bar.foo=201 foo.bar=400 foo=400", Category = "H-F-14..16")]
    [TestCase("*.foo.bar=201 foo.bar=202 pipo.foo.bar=203 *.baz.foo.bar=204",
        "test.foo.bar=201 foo.bar=202 pipo.foo.bar=203 qux.baz.foo.bar=204 qux.bix.foo.bar=201 qux.bix.bar.foo=400",
        Category = "H-F-17..22")]
    [TestCase("*.quux=201 *.qux.quux=202 *.baz.qux.quux=203 *.bar.baz.qux.quux=204 *.foo.bar.baz.qux.quux=205"
        + " *.quuux.foo.bar.baz.qux.quux=207",
        "too.deep.quuux.foo.bar.baz.qux.quux=205 too.deep.foo.bar.baz.qux.quux=205 foo.bar.baz.qux.quux=204"
        + " foo.baz.qux.quux=203 foo.qux.quux=202 foo.quux=201", Category = "H-F-23..29")]
    [TestCase("*=201 a.com=202", "a.com=202 b.com=201 localhost=201 [::1]:80=201 A.COM=202")]
    public async Task Host_IsMatchedByTheMostSpecificList(string lists, string wanted)
    {
        _redis.Cli("flushall");
        foreach (var list in lists.Split(' '))
        {
            var (host, status) = Pair(list);
            _redis.AddRoute(host, "id", "http://" + status);
        }
        await _node.SettleAsync(_redis);
        foreach (var want in wanted.Split(' '))
        {
            var (host, status) = Pair(want);
            Assert.That(await _node.UrlAsync(host), Is.EqualTo(status == "400" ? "NoRoute" : "http://" + status), host);
        }
    }

    private static (string Host, string Status) Pair(string text) =>
        (text[..text.LastIndexOf('=')], text[(text.LastIndexOf('=') + 1)..]);
}
