using System.Collections.Concurrent;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Certificates;
using Proxy.Tests.Fixtures.Telemetry;
using Proxy.Tests.Fixtures.Tls;

namespace Proxy.Tests.Core.Tls;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CertificateCacheTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly FixedCertificates _store = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ManualTime _time = new();
    private readonly List<CertificateCache> _caches = [];

    public void Dispose()
    {
        foreach (var cache in _caches) cache.Dispose();
        _authority.Dispose();
    }

    [TestCase("a.one.com", "CN=a.one.com")]
    [TestCase("A.One.COM", "CN=a.one.com")]
    [TestCase("a.one.com.", "CN=a.one.com")]
    [TestCase("b.one.com", "CN=*.one.com", Category = "V-2")]
    [TestCase("one.com", null)]
    [TestCase("x.a.one.com", null)]
    [TestCase("com", null)]
    [TestCase("", null)]
    [TestCase("*.one.com", null)]
    [TestCase("../a.one.com", null)]
    public async Task Name_IsServedExactlyElseByOneLabelsWildcard(string name, string? subject)
    {
        Issue("a.one.com", "*.one.com");
        Assert.That(await SubjectAsync(Make(), name), Is.EqualTo(subject));
    }

    [TestCase("other.com")]
    [TestCase("")]
    public async Task DefaultCertificate_IsForUnknownNamesAndForNone(string name)
    {
        Issue("a.one.com");
        Assert.That(await SubjectAsync(Make("a.one.com"), name), Is.EqualTo("CN=a.one.com"));
    }

    [Test]
    public async Task DefaultCertificateThatIsNotThere_IsTold()
    {
        await Make("a.one.com").CheckDefaultAsync();
        Assert.That(_lines, Is.EqualTo(["the default certificate \"a.one.com\" does not exist"]));
    }

    [Test]
    public async Task DefaultCertificateThatCannotBeUsed_IsNamedOnce()
    {
        _store.Set("a.one.com", new CertificatePem("no certificate", "no key"));
        await Make("a.one.com").CheckDefaultAsync();
        Assert.That(_lines.Single(), Does.StartWith("certificate \"a.one.com\" is unusable: "));
    }

    [Test]
    public async Task Certificate_IsReadOnceAndAgainAfterItsTime()
    {
        Issue("a.com");
        var cache = Make();
        await SubjectAsync(cache, "a.com");
        await SubjectAsync(cache, "a.com");
        Assert.That(_store.Reads, Has.Count.EqualTo(1));

        _time.Advance(CertificateCache.ReadAgainAfter);
        await SubjectAsync(cache, "a.com");
        Assert.That(_store.Reads, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task UnknownName_IsRememberedToo()
    {
        var cache = Make();
        for (var i = 0; i < 5; i++) await SubjectAsync(cache, "no.com");
        Assert.That(_store.Reads, Is.EqualTo(["no.com", "*.com"]));
    }

    [Test]
    public async Task StoreThatTellsOfChanges_IsReadOnlyThen()
    {
        Issue("a.com");
        _store.Version = 1;
        var cache = Make();
        await SubjectAsync(cache, "a.com");
        _time.Advance(TimeSpan.FromHours(1));
        await SubjectAsync(cache, "a.com");
        Assert.That(_store.Reads, Has.Count.EqualTo(1));

        _store.Version = 2;
        await SubjectAsync(cache, "a.com");
        Assert.That(_store.Reads, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ChangedName_IsServedAnewAtOnce()
    {
        Issue("a.com");
        var cache = Make();
        var before = (await cache.ChooseAsync("a.com")).Certificate;
        Issue("a.com");
        cache.Changed("b.com");
        Assert.That((await cache.ChooseAsync("a.com")).Certificate, Is.SameAs(before));
        cache.Changed("a.com");
        Assert.That((await cache.ChooseAsync("a.com")).Certificate, Is.Not.SameAs(before));
        Assert.That(before!.IsDisposed, "it is no longer pinned");
    }

    [Test]
    public async Task UnchangedCertificate_KeepsItsTickets()
    {
        Issue("a.com");
        var cache = Make();
        var before = (await cache.ChooseAsync("a.com")).Certificate;
        cache.AllChanged();
        Assert.That((await cache.ChooseAsync("a.com")).Certificate, Is.SameAs(before));
    }

    [Test]
    public async Task DeletedCertificate_IsServedNoMore()
    {
        Issue("a.com");
        var cache = Make();
        await SubjectAsync(cache, "a.com");
        _store.Delete("a.com");
        cache.AllChanged();
        Assert.That(await SubjectAsync(cache, "a.com"), Is.Null);
    }

    [Test]
    public async Task BrokenPair_KeepsTheGoodOneAndIsToldOnce()
    {
        Issue("a.com", "b.com");
        var cache = Make();
        var before = (await cache.ChooseAsync("a.com")).Certificate;
        _store.Set("a.com", new CertificatePem(_authority.Issue("a.com").Certificate, _authority.Issue("a.com").Key));
        for (var i = 0; i < 3; i++)
        {
            cache.AllChanged();
            Assert.That((await cache.ChooseAsync("a.com")).Certificate, Is.SameAs(before));
            Assert.That(await SubjectAsync(cache, "b.com"), Is.EqualTo("CN=b.com"));
        }

        Assert.That(_lines, Has.Count.EqualTo(1));
        Assert.That(_lines, Has.One.Match("^certificate \"a.com\" is unusable: .+; keeping the previous one$"));
    }

    [Test]
    public async Task BrokenPairFromTheBeginning_TellsTheNameAndLetsTheWildcardServe()
    {
        _store.Set("a.one.com", new CertificatePem("no certificate", "no key"));
        var cache = Make();
        var choice = await cache.ChooseAsync("a.one.com");
        Assert.That(choice.Certificate, Is.Null);
        Assert.That(choice.Problem, Does.StartWith("certificate \"a.one.com\" is unusable: "));

        Issue("*.one.com");
        cache.AllChanged();
        Assert.That(await SubjectAsync(cache, "a.one.com"), Is.EqualTo("CN=*.one.com"));
    }

    [Test]
    public async Task StoreThatIsAway_LeavesWhatIsKnown()
    {
        Issue("a.com");
        var cache = Make();
        await SubjectAsync(cache, "a.com");
        await SubjectAsync(cache, "no.com");
        _store.Problem = "read redis is away";
        cache.AllChanged();
        Assert.That(await SubjectAsync(cache, "a.com"), Is.EqualTo("CN=a.com"));
        Assert.That((await cache.ChooseAsync("new.com")).Problem, Is.EqualTo("read redis is away"));

        var reads = _store.Reads.Count;
        Assert.That(await SubjectAsync(cache, "a.com"), Is.EqualTo("CN=a.com"));
        Assert.That(_store.Reads, Has.Count.EqualTo(reads), "it is left alone for a while");

        _store.Problem = null;
        Issue("new.com");
        _time.Advance(CertificateCache.RetryAfter);
        Assert.That(await SubjectAsync(cache, "new.com"), Is.EqualTo("CN=new.com"));
    }

    [Test]
    public async Task MoreThanFit_LeastRecentlyUsedGoesAndComesBack()
    {
        Issue("a.com", "b.com", "c.com");
        var cache = Make(max: 2);
        var a = (await cache.ChooseAsync("a.com")).Certificate!;
        var b = (await cache.ChooseAsync("b.com")).Certificate!;
        await cache.ChooseAsync("a.com");
        await cache.ChooseAsync("c.com");
        Assert.That((a.IsDisposed, b.IsDisposed), Is.EqualTo((false, true)));
        Assert.That((await cache.ChooseAsync("b.com")).Certificate, Is.Not.Null.And.Not.SameAs(b));
    }

    [Test]
    public async Task ManyAtOnce_ReadOnce()
    {
        Issue("a.com");
        var cache = Make();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => cache.ChooseAsync("a.com").AsTask()));
        Assert.That(_store.Reads, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task End_IsAnnounced30And7And1DaysBefore()
    {
        var now = new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
        _store.Set("a.com", _authority.Issue("a.com", expiry: now.AddDays(31)));
        var cache = Make();
        await SubjectAsync(cache, "a.com");
        Assert.That(_lines, Is.Empty);
        for (var hour = 0; hour < 32 * 24; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            cache.CheckAll();
        }

        var line = "on 2026-12-25 08:00 UTC: renew it";
        Assert.That(_lines, Is.EqualTo([
            $"certificate \"a.com\" expires {line}", $"certificate \"a.com\" expires {line}",
            $"certificate \"a.com\" expires {line}",
            "certificate \"a.com\" expired on 2026-12-25 08:00 UTC: clients reject it; renew it"]));
    }

    private void Issue(params string[] names)
    {
        foreach (var name in names) _store.Set(name, _authority.Issue(name));
    }

    private CertificateCache Make(string byDefault = "", int max = 100)
    {
        var rules = new CertificateRules(TlsPreset.Modern, byDefault, max);
        var cache = new CertificateCache(_store, rules, _lines.Enqueue, _time);
        _caches.Add(cache);
        return cache;
    }

    private static async Task<string?> SubjectAsync(CertificateCache cache, string name) =>
        (await cache.ChooseAsync(name)).Certificate?.Options.ServerCertificateContext!.TargetCertificate.Subject;
}
