using NUnit.Framework;
using Proxy.Core.Routing;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

/// <summary>Mistakes in routes are logged with their key and what to do, once for a change.</summary>
public class InvalidRouteLogTests
{
    private RedisServer _redis = null!;
    private RoutedNode _node = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _redis = RedisServer.Start();
        _node = await RoutedNode.StartAsync(_redis, new RoutingSettings { InvalidRouteDelay = TimeSpan.Zero });
        await _node.SettleAsync(_redis);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _node.DisposeAsync();
        _redis.Dispose();
    }

    [TestCase("rpush frontend:a.com http://1 http://2", "frontend:a.com: its first element \"http://1\" looks like")]
    [TestCase("rpush frontend:a.com 10.0.0.1:8080", "lpush frontend:a.com NAME")]
    [TestCase("rpush frontend:a.com app", "frontend:a.com: it has an identifier and no backend")]
    [TestCase("set frontend:a.com http://1", "frontend:a.com: it is not a list (WRONGTYPE)")]
    [TestCase("sadd frontend:a.com app http://1", "redis-cli del frontend:a.com")]
    [TestCase("rpush frontend: app http://1", "frontend:: the key has no host")]
    [TestCase("rpush frontend:WWW.Example.com app http://1", "use frontend:www.example.com")]
    [TestCase("rpush frontend:*.Example.com app http://1", "no request uses it; use frontend:*.example.com")]
    [TestCase("rpush frontend:http://a.com/ app http://1", "has no scheme, so no request uses this key; use frontend")]
    [TestCase("rpush frontend:a.com/path app http://1", "neither a path nor spaces")]
    [TestCase("rpush frontend:a*.com app http://1", "a wildcard is an asterisk")]
    [TestCase("rpush frontend:a.com app http://1/base", "requests keep their own path: \"/base\" of http://1")]
    [TestCase("rpush frontend:a.com app http://me:pw@host", "the user of \"host\"")]
    public async Task Mistake_IsLoggedWithoutARequest(string command, string words)
    {
        _redis.Cli(command.Split(' '));
        await LineAsync(words);
        Assert.That(_node.Errors, Has.Count.EqualTo(1));
    }

    [TestCase("rpush frontend:a.com app http://1")]
    [TestCase("rpush frontend:a.com a.com http://1/ 10.0.0.1:80 https://host:8443")]
    [TestCase("rpush frontend:a.com:8080 a.com:8080 http://1")]
    [TestCase("rpush frontend:*.example.com www.example.com http://1")]
    [TestCase("rpush frontend:* app http://1")]
    [TestCase("rpush frontend:[2001:db8::7] app http://1")]
    public async Task GoodRoute_IsNotComplainedOf(string command)
    {
        _redis.Cli(command.Split(' '));
        _redis.Cli("rpush", "frontend:last", "app");
        await LineAsync("frontend:last: it has an identifier and no backend");
        Assert.That(_node.Errors, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task MistakeThatWasThereBefore_IsLoggedWhenARequestComes()
    {
        await _node.DisposeAsync();
        _redis.AddRoute("a.com", "http://1", "http://2");
        _redis.AddRoute("b.com", "only");
        _redis.Cli("set", "frontend:c.com", "text");
        _node = await RoutedNode.StartAsync(_redis, new RoutingSettings { InvalidRouteDelay = TimeSpan.Zero });
        await _node.SettleAsync(_redis);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("http://2"));
            Assert.That(await _node.UrlAsync("b.com"), Is.EqualTo("NoRoute"));
            Assert.That(await _node.UrlAsync("c.com"), Is.EqualTo("RoutesUnavailable"));
        }

        await LineAsync("frontend:a.com: its first element \"http://1\" looks like a backend");
        await LineAsync("frontend:b.com: it has an identifier and no backend");
        await LineAsync("frontend:c.com: it is not a list");
        Assert.That(_node.Errors, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task ListThatIsWrittenInTwoSteps_IsNotComplainedOfInBetween()
    {
        await _node.DisposeAsync();
        _node = await RoutedNode.StartAsync(_redis);
        await _node.SettleAsync(_redis);
        _redis.Cli("rpush", "frontend:a.com", "app");
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("NoRoute"));
        _redis.Cli("rpush", "frontend:a.com", "http://1");
        _redis.Cli("rpush", "frontend:b.com", "app");
        await LineAsync("frontend:b.com");
        Assert.That(_node.Errors, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task WildcardOfAWrongType_HarmsNoHostThatHasAList()
    {
        _redis.Cli("set", "frontend:*", "text");
        _redis.AddRoute("a.com", "a", "http://1");
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("http://1"));
        Assert.That((await _node.ChooseAsync("b.com")).Detail, Does.StartWith("frontend:*: it is not a list"));
    }

    private Task LineAsync(string words) => Eventually.IsTrue(
        () => _node.Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), words);
}
