using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Routing.Selection;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Routing;

public class RouterTests
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
        _node = await RoutedNode.StartAsync(_redis);
        await _node.SettleAsync(_redis);
    }

    [TearDown]
    public async Task StopAsync() => await _node.DisposeAsync();

    [Test, Category("G-RO-3")]
    public async Task OneBackend_IsChosenWithAllThatLogsNeed()
    {
        _redis.AddRoute("myhost.com", "myapp", "http://url1:123");
        var choice = await _node.ChooseAsync("myhost.com");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(choice.Failure, Is.EqualTo(Failure.None));
            Assert.That(choice.Backend!.Url, Is.EqualTo("http://url1:123"));
            Assert.That(choice.Backend.UrlBytes, Is.EqualTo("http://url1:123"u8.ToArray()));
            Assert.That(choice.Backend.Index, Is.Zero);
            Assert.That(choice.Route!.FrontendBytes, Is.EqualTo("myhost.com"u8.ToArray()));
            Assert.That(choice.Route.Id, Is.EqualTo("myapp"));
            Assert.That(choice.Route.Backends, Has.Length.EqualTo(1));
            Assert.That(choice.Detail, Is.Null);
        }
    }

    [Test, Category("G-RO-4"), Category("G-RO-5")]
    public async Task ListWithThePort_ComesBeforeTheOneWithout()
    {
        _redis.AddRoute("myhost.com:1234", "a", "http://with");
        _redis.AddRoute("myhost.com", "a", "http://without");
        Assert.That(await _node.UrlAsync("myhost.com:1234"), Is.EqualTo("http://with"));
        var other = await _node.ChooseAsync("myhost.com:9999");
        Assert.That((other.Backend!.Url, other.Route!.Frontend), Is.EqualTo(("http://without", "myhost.com")));
    }

    [Test, Category("G-RO-6"), Category("G-RO-7"), Category("G-RP-8")]
    public async Task HostWithoutBackends_HasNoRoute()
    {
        _redis.AddRoute("empty.com", "only the identifier");
        var choice = await _node.ChooseAsync("empty.com");
        Assert.That((choice.Failure, choice.Detail), Is.EqualTo((Failure.NoRoute, "no backends registered for host")));
        Assert.That(await _node.UrlAsync("absent.com"), Is.EqualTo("NoRoute"));
        Assert.That(await _node.UrlAsync(""), Is.EqualTo("NoRoute"));
        Assert.That(await _node.UrlAsync(new string('a', Router.HostBytesMax + 1)), Is.EqualTo("NoRoute"));
    }

    [Test, Category("G-RO-8"), Category("G-RP-9")]
    public async Task AllBackendsMarkedByHand_AreObeyed()
    {
        _redis.AddRoute("myhost.com", "a", "http://url1");
        _redis.Cli("sadd", "dead:myhost.com", "0");
        var choice = await _node.ChooseAsync("myhost.com");
        Assert.That((choice.Failure, choice.Detail), Is.EqualTo((Failure.AllBackendsDead, "all backends are dead")));
        Assert.That(choice.Route!.Frontend, Is.EqualTo("myhost.com"));
        Assert.That(choice.Backend, Is.Null);
    }

    [Test, Category("G-RO-9")]
    public async Task RoundRobin_TakesInABackendThatIsAddedLater()
    {
        _redis.AddRoute("myhost.com", "a", "http://1", "http://2", "http://3");
        var seen = new List<string> { await _node.UrlAsync("myhost.com") };
        _redis.AddRoute("myhost.com", "http://4");
        await _node.SettleAsync(_redis);
        for (var i = 0; i < 4; i++)
        {
            seen.Add(await _node.UrlAsync("myhost.com"));
        }
        Assert.That(seen, Is.EqualTo(new[] { "http://1", "http://2", "http://3", "http://4", "http://1" }));
    }

    [Test, Category("G-RO-11")]
    public async Task ParallelRequests_AreSharedEqually()
    {
        string[] urls = ["http://1", "http://2", "http://3", "http://4"];
        _redis.AddRoute("a.com", ["a", .. urls]);
        _redis.AddRoute("b.com", ["b", .. urls]);
        var workers = Enumerable.Range(0, 10).Select(async i =>
        {
            var host = i % 2 == 0 ? "a.com" : "b.com";
            var seen = new List<string>();
            for (var n = 0; n < 1000; n++) seen.Add(host + await _node.UrlAsync(host));
            return seen;
        });
        var shares = (await Task.WhenAll(workers)).SelectMany(seen => seen).CountBy(url => url).ToList();
        Assert.That(shares, Has.Count.EqualTo(8));
        Assert.That(shares.Select(share => share.Value), Is.All.EqualTo(1250));
    }

    [Test, Category("G-RO-12")]
    public async Task TurnsBeyond32Bits_StayEven()
    {
        _redis.AddRoute("a.com", "a", "1", "2", "3", "4", "5");
        (await _node.ChooseAsync("a.com")).Route!.State.Selection.StartAt(uint.MaxValue - 1L);
        var seen = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            seen.Add(await _node.UrlAsync("a.com"));
        }
        Assert.That(seen.CountBy(url => url).Select(share => share.Value), Is.All.EqualTo(2));
    }

    [Test, Category("G-RO-15")]
    public async Task MarkedBackend_IsOutAtOnceAndToldToRedis()
    {
        _redis.AddRoute("myhost.com", "a", "http://1", "http://2");
        var first = await _node.ChooseAsync("myhost.com");
        _node.Router.MarkDead(first);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await _node.UrlAsync("myhost.com"), Is.EqualTo("http://2"));
        }
        await Eventually.IsTrue(() => _redis.Cli("smembers", "dead:myhost.com") == "0", "Redis has the mark");
        Assert.That(_redis.Cli("ttl", "dead:myhost.com"), Is.AnyOf("30", "29"));
    }

    [Test]
    public async Task OneOfTenDead_SharesAmongTheOthersEvenly()
    {
        _redis.AddRoute("a.com", ["a", .. Enumerable.Range(0, 10).Select(i => $"http://{i}")]);
        _redis.Cli("sadd", "dead:a.com", "4");
        var seen = new List<string>();
        for (var i = 0; i < 900; i++)
        {
            seen.Add(await _node.UrlAsync("a.com"));
        }
        Assert.That(seen, Has.None.EqualTo("http://4"));
        Assert.That(seen.CountBy(url => url).Select(share => share.Value), Is.All.EqualTo(100));
    }

    [Test]
    public async Task Retry_GoesToAnotherBackendThenGivesUp()
    {
        _redis.AddRoute("a.com", "a", "http://1", "http://2", "http://3");
        var attempt = default(Attempt);
        var seen = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var choice = await _node.ChooseAsync("a.com", attempt);
            seen.Add(choice.Backend!.Url);
            attempt = attempt.After(choice.Backend);
        }
        Assert.That(seen, Has.Count.EqualTo(3));
        Assert.That((await _node.ChooseAsync("a.com", attempt)).Failure, Is.EqualTo(Failure.AllBackendsDead));
    }

    [TestCase("http://1:1", "http://2:1", "http://1:2", "http://2:2", "http://1:3", "http://2:3")]
    [TestCase("http://1:1", "http://1:2", "http://1:3", "http://2:1", "http://2:2", "http://2:3")]
    public async Task Retry_GoesToAnotherHostThanTheLast(params string[] urls)
    {
        _redis.AddRoute("a.com", ["a", .. urls]);
        for (var i = 0; i < urls.Length; i++)
        {
            var first = await _node.ChooseAsync("a.com");
            var second = await _node.ChooseAsync("a.com", default(Attempt).After(first.Backend!));
            Assert.That(second.Backend!.Address!.Host, Is.Not.EqualTo(first.Backend!.Address!.Host));
        }
    }

    [Test, Category("G-RP-12"), Category("G-RP-13")]
    public async Task OnlyBackendWithoutHost_HasNoRouteButIsNamed()
    {
        _redis.AddRoute("a.com", "a", "");
        var choice = await _node.ChooseAsync("a.com");
        Assert.That((choice.Failure, choice.Backend!.Url), Is.EqualTo((Failure.NoRoute, "")));
    }

    [Test]
    public async Task MalformedEntries_AreNeverChosenBesideGoodOnes()
    {
        _redis.AddRoute("a.com", "myapp", "myapp", "", "ftp://x", "http://good", "http://bad:port");
        for (var i = 0; i < 6; i++)
        {
            var choice = await _node.ChooseAsync("a.com");
            Assert.That((choice.Backend!.Url, choice.Backend.Index), Is.EqualTo(("http://good", 3)));
        }
    }

    [Test]
    public async Task OnlyUnsupportedSchemes_AreAFailureOfTheirOwn()
    {
        _redis.AddRoute("a.com", "a", "ftp://x");
        Assert.That(await _node.UrlAsync("a.com"), Is.EqualTo("BackendSchemeUnsupported"));
    }

    [Test, Category("G-RP-10")]
    public async Task ErrorOfRedis_IsNotNoRoute()
    {
        _redis.Cli("set", "frontend:a.com", "text");
        var choice = await _node.ChooseAsync("a.com");
        Assert.That(choice.Failure, Is.EqualTo(Failure.RoutesUnavailable));
        Assert.That(choice.Detail, Does.Contain("WRONGTYPE"));
    }

    [Test]
    public async Task HostInCapitalsOrWithDot_FindsTheList()
    {
        _redis.AddRoute("a.com", "a", "http://lower");
        Assert.That(await _node.UrlAsync("A.Com"), Is.EqualTo("http://lower"));
        Assert.That(await _node.UrlAsync("a.com.:80"), Is.EqualTo("http://lower"));
        _redis.AddRoute("A.Com", "a", "http://upper");
        await _node.SettleAsync(_redis);
        Assert.That(await _node.UrlAsync("A.Com"), Is.EqualTo("http://upper"));
    }
}
