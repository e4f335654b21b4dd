using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Core.Dns;

/// <summary>What is cached, for how long, and what is used when name servers fail.</summary>
public sealed class NameResolverTests
{
    private const int InFlightMax = LookupGate.RunningMax + LookupGate.SlowMax;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task ManyRequestsForOneName_AreOneLookup()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 60, "127.0.0.1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => bed.TextAsync("a.test")));
        Assert.That(answers, Is.All.EqualTo("127.0.0.1"));
        Assert.That(bed.Server.Questions("a.test"), Is.EqualTo(1));
        Assert.That(bed.Resolver.LookupsWith(NameOutcome.Found), Is.EqualTo(1));
        Assert.That(bed.Resolver.Durations.Reading.Count, Is.EqualTo(1));
        Assert.That(bed.Resolver.NamesCached, Is.EqualTo(1));
    }

    [TestCase(0, 0.9)]
    [TestCase(20, 19)]
    [TestCase(86400, 59)]
    public async Task Answer_IsUsedForItsTimeToLiveWithinBounds(int timeToLive, double fresh)
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", timeToLive, "127.0.0.1");
        await bed.TextAsync("A.test");
        bed.Server.Set("a.test", timeToLive, "127.0.0.2");
        bed.Time.Advance(Second * fresh / 2);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
        bed.Time.Advance(Second * 2 + Second * fresh / 2);
        await bed.BecomesAsync("a.test", "127.0.0.2");
    }

    [Test]
    public async Task AnswerThatIsDue_IsUsedWhileItIsRefreshed()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 10, "127.0.0.1");
        await bed.TextAsync("a.test");
        bed.Server.Set("a.test", DnsReply.Silence);
        bed.Time.Advance(11 * Second);
        var asking = bed.Resolver.ResolveAsync("a.test", default).AsTask();
        Assert.That(asking.IsCompletedSuccessfully, "no request waits");
        await Eventually.IsTrue(() => bed.Server.Questions("a.test") > 1, "it is refreshed");
    }

    [Test]
    public async Task NameInUse_IsRefreshedWithoutARequest()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 10, "127.0.0.1");
        var name = (await bed.ResolveAsync("a.test")).Name!;
        bed.Server.Set("a.test", 10, "127.0.0.2");
        bed.Time.Advance(11 * Second);
        name.Use();
        await Eventually.IsTrue(() => name.Has(System.Net.IPAddress.Parse("127.0.0.2")), "it is refreshed");
    }

    [Test]
    public async Task AnswerThatExpiredLongAgo_IsNotUsedBeforeANewOneIsKnown()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 1, "127.0.0.1");
        await bed.TextAsync("a.test");
        bed.Server.Set("a.test", 1, "127.0.0.2");
        bed.Time.Advance(60 * Second);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.2"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task NameServersThatFail_LeaveTheOldAnswerForABoundedTime(bool isSilent)
    {
        await using var bed = new ResolverSetup("options timeout:1 attempts:1");
        bed.Server.Set("a.test", 1, "127.0.0.1");
        await bed.TextAsync("a.test");
        bed.Server.Set("a.test", isSilent ? DnsReply.Silence : DnsReply.ServerFailure);
        bed.Time.Advance(60 * Second);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
        await Eventually.IsTrue(() => bed.Log.Length > 0, "it is logged");
        var reason = isSilent
            ? @"no answer from the resolver within \d+ s \(127\.0\.0\.1\)"
            : @"the name server 127\.0\.0\.1 answers SERVFAIL";
        Assert.That(bed.Log, Has.Length.EqualTo(1));
        Assert.That(bed.Log[0], Does.Match(
            $"^cannot resolve a\\.test: {reason}; using the last known addresses for up to an hour$"));
        bed.Time.Advance(NameResolver.OldAnswerTimeMax);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo(isSilent ? "NoAnswer" : "Failed"));
    }

    [Test]
    public async Task NameServerThatIsBack_IsUsedAgainAndThatIsLogged()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 1, "127.0.0.1");
        await bed.TextAsync("a.test");
        bed.Server.Set("a.test", DnsReply.ServerFailure);
        bed.Time.Advance(2 * Second);
        await bed.TextAsync("a.test");
        await Eventually.IsTrue(() => bed.Log.Length == 1, "it is logged");
        bed.Server.Set("a.test", 1, "127.0.0.2");
        bed.Time.Advance(NameResolver.RetryTimeMax);
        await bed.BecomesAsync("a.test", "127.0.0.2");
        await Eventually.IsTrue(() => bed.Log.Length == 2, "it is logged");
        Assert.That(bed.Log[1], Is.EqualTo("DNS is available again: names are resolved"));
    }

    [Test]
    public async Task NameThatDoesNotExist_ExistsAgainSoon()
    {
        await using var bed = new ResolverSetup();
        Assert.That((await bed.ResolveAsync("a.test")).Reason, Is.EqualTo("no such name"));
        bed.Server.Set("a.test", 60, "127.0.0.1");
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("NoSuchName"), "it is cached");
        bed.Time.Advance(NameResolver.NegativeTimeMax);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task NameThatCeasesToExist_HasNoOldAnswer()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 1, "127.0.0.1");
        var name = (await bed.ResolveAsync("a.test")).Name!;
        bed.Server.Set("a.test", DnsReply.NoSuchName);
        bed.Time.Advance(2 * Second);
        await bed.BecomesAsync("a.test", "NoSuchName");
        bed.Time.Advance(NameResolver.AddressGraceTime);
        Assert.That(name.Has(System.Net.IPAddress.Loopback), Is.False);
    }

    [Test]
    public async Task AddressThatANameNoLongerHas_IsGoodForAGraceTime()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 1, "127.0.0.1");
        var name = (await bed.ResolveAsync("a.test")).Name!;
        bed.Server.Set("a.test", 60, "127.0.0.2");
        bed.Time.Advance(2 * Second);
        await bed.BecomesAsync("a.test", "127.0.0.2");
        Assert.That(name.Has(System.Net.IPAddress.Loopback));
        bed.Time.Advance(NameResolver.AddressGraceTime);
        Assert.That(name.Has(System.Net.IPAddress.Loopback), Is.False);
        Assert.That(name.Has(System.Net.IPAddress.Parse("127.0.0.2")));
    }

    [Test]
    public async Task AddressesOfAName_TakeTurns()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 60, "127.0.0.1", "127.0.0.2", "127.0.0.3");
        var first = new List<string>();
        for (var i = 0; i < 6; i++) first.Add((await bed.ResolveAsync("a.test")).Addresses[0].ToString());
        Assert.That(first.Take(3), Is.EquivalentTo(new[] { "127.0.0.1", "127.0.0.2", "127.0.0.3" }));
        Assert.That(first.Skip(3), Is.EqualTo(first.Take(3)));
    }

    [Test]
    public async Task NamesBeyondTheBound_ReplaceTheLeastRecentlyUsed()
    {
        var names = Enumerable.Range(0, NameResolver.NamesMax + 10).Select(i => $"n{i}.test").ToArray();
        await using var bed = new ResolverSetup(hosts: string.Concat(names.Select(name => $"127.0.0.1 {name}\n")));
        var first = (await bed.ResolveAsync(names[0])).Name!;
        Assert.That(first.Has(System.Net.IPAddress.Loopback));
        foreach (var name in names) await bed.Resolver.ResolveAsync(name, default);
        Assert.That(bed.Resolver.NamesCached, Is.EqualTo(NameResolver.NamesMax));
        Assert.That(first.Has(System.Net.IPAddress.Loopback), Is.False, "nothing is learned of it any more");
    }

    [Test]
    public async Task ThousandNamesOfASilentZone_DoNotKeepAnotherNameWaiting()
    {
        await using var bed = new ResolverSetup("options timeout:30");
        bed.Server.Default = DnsReply.Silence;
        bed.Server.Set("good.other.test", 60, "127.0.0.1");
        var dead = Enumerable.Range(0, 1000).Select(i => bed.ResolveAsync($"n{i}.dead.test")).ToArray();
        Assert.That(await bed.TextAsync("good.other.test"), Is.EqualTo("127.0.0.1"));
        Assert.That(dead.Count(asking => !asking.IsCompleted), Is.GreaterThan(InFlightMax), "others still wait");
        Assert.That(bed.Resolver.LookupsInFlight, Is.LessThanOrEqualTo(InFlightMax));
    }

    [Test]
    public async Task ThousandNamesAtOnce_AreAllResolved()
    {
        await using var bed = new ResolverSetup();
        var names = Enumerable.Range(0, 1000).Select(i => $"n{i}.test").ToArray();
        foreach (var name in names) bed.Server.Set(name, 60, "127.0.0.1");
        var answers = await Task.WhenAll(names.Select(bed.TextAsync));
        Assert.That(answers, Is.All.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task RequestThatGivesUp_DoesNotEndTheLookupOfOthers()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", new DnsReply { Delay = TimeSpan.FromMilliseconds(300) });
        using var impatient = new CancellationTokenSource();
        var first = bed.Resolver.ResolveAsync("a.test", impatient.Token).AsTask();
        var second = bed.ResolveAsync("a.test");
        await impatient.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await second).Reason, Is.EqualTo("the name has no address"));
        Assert.That(bed.Server.Questions("a.test"), Is.EqualTo(1));
    }
}
