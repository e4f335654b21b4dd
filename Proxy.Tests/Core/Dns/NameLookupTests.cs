using System.Net;
using NUnit.Framework;
using Proxy.Core.Dns;
using Proxy.Tests.Fixtures.Dns;

namespace Proxy.Tests.Core.Dns;

/// <summary>Where names are looked up, and what is made of odd and partial answers.</summary>
public sealed class NameLookupTests
{
    private static readonly byte[] V4 = [127, 0, 0, 1];

    [TestCase(FakeDnsServer.Aaaa, "127.0.0.1")]
    [TestCase(FakeDnsServer.A, "::1")]
    public async Task FamilyWithoutAnAnswer_DoesNotHideTheOther(int broken, string expected)
    {
        foreach (var reply in (DnsReply[])[DnsReply.Silence, DnsReply.ServerFailure, new DnsReply()])
        {
            await using var bed = new ResolverSetup("options timeout:30");
            bed.Server.Set("a.test", 60, "127.0.0.1", "::1");
            bed.Server.Set("a.test", reply, broken);
            Assert.That(await bed.TextAsync("a.test"), Is.EqualTo(expected), reply.ToString());
        }
    }

    [Test]
    public async Task NameServerThatDeniesANameForIPv6_DoesNotHideItsIPv4()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 60, "127.0.0.1");
        bed.Server.Set("a.test", DnsReply.NoSuchName, FakeDnsServer.Aaaa);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task FamilyThatIsSilentAtARefresh_KeepsItsAddresses()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", 1, "127.0.0.1", "::1");
        await bed.BecomesAsync("a.test", "127.0.0.1 ::1");
        bed.Server.Set("a.test", 1, "127.0.0.2");
        bed.Server.Set("a.test", DnsReply.Silence, FakeDnsServer.Aaaa);
        bed.Time.Advance(TimeSpan.FromSeconds(10));
        await bed.BecomesAsync("a.test", "127.0.0.2 ::1");
    }

    [Test]
    public async Task SilenceAndDenialOfAnAddress_AreTwoThings()
    {
        await using var bed = new ResolverSetup("options timeout:1 attempts:1");
        bed.Server.Set("nothing.test", new DnsReply());
        bed.Server.Set("silent.test", DnsReply.Silence);
        bed.Server.Set("failing.test", DnsReply.ServerFailure);
        Assert.That((await bed.ResolveAsync("nothing.test")).Reason, Is.EqualTo("the name has no address"));
        Assert.That(await bed.TextAsync("silent.test"), Is.EqualTo("NoAnswer"));
        Assert.That(await bed.TextAsync("failing.test"), Is.EqualTo("Failed"));
        Assert.That(await bed.TextAsync("denied.test"), Is.EqualTo("NoSuchName"));
    }

    [Test]
    public async Task TruncatedAnswer_IsAskedForByTcp()
    {
        await using var bed = new ResolverSetup();
        var records = Enumerable.Range(1, 60)
            .Select(i => new DnsRecord("a.test", FakeDnsServer.A, 60, [127, 0, 0, (byte)i]));
        bed.Server.Set("a.test", new DnsReply { Records = [.. records], IsTruncated = true }, FakeDnsServer.A);
        bed.Server.Set("a.test", new DnsReply(), FakeDnsServer.Aaaa);
        Assert.That((await bed.ResolveAsync("a.test")).Addresses, Has.Count.EqualTo(60));
        Assert.That(bed.Server.TcpQuestions, Is.EqualTo(1));
    }

    [Test]
    public async Task OptionUseVc_AsksByTcpAlone()
    {
        await using var bed = new ResolverSetup("options use-vc");
        bed.Server.Set("a.test", 60, "127.0.0.1");
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
        Assert.That(bed.Server.TcpQuestions, Is.EqualTo(2));
    }

    [Test]
    public async Task ChainOfAliases_IsFollowedWithinTheAnswer()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", new DnsReply
        {
            Records =
            [
                AliasOf("b.test", "c.test"), AliasOf("a.test", "b.test"),
                new("c.test", FakeDnsServer.A, 60, V4), new("evil.test", FakeDnsServer.A, 60, [127, 0, 0, 66]),
            ],
        }, FakeDnsServer.A);
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task AliasThatTheServerDoesNotFollow_IsAskedFor()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", new DnsReply { Records = [AliasOf("a.test", "b.test")] });
        bed.Server.Set("b.test", 60, "127.0.0.1");
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task AliasesInACircle_HaveNoAddress()
    {
        await using var bed = new ResolverSetup();
        bed.Server.Set("a.test", new DnsReply { Records = [AliasOf("a.test", "b.test"), AliasOf("b.test", "a.test")] });
        bed.Server.Set("b.test", new DnsReply { Records = [AliasOf("b.test", "a.test")] });
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("NoSuchName"));
    }

    [Test]
    public async Task NameServerThatFailsOrIsSilent_LeavesTheQuestionToTheNext()
    {
        await using var bed = new ResolverSetup("options timeout:1", servers: "127.0.0.1 127.0.0.53");
        using var second = new FakeDnsServer("127.0.0.53", bed.Server.Port);
        bed.Server.Set("failing.test", DnsReply.ServerFailure);
        bed.Server.Set("silent.test", DnsReply.Silence);
        second.Set("failing.test", 60, "127.0.0.2");
        second.Set("silent.test", 60, "127.0.0.3");
        Assert.That(await bed.TextAsync("failing.test"), Is.EqualTo("127.0.0.2"));
        Assert.That(await bed.TextAsync("silent.test"), Is.EqualTo("127.0.0.3"));
        Assert.That(second.Questions("denied.test"), Is.Zero);
        Assert.That(await bed.TextAsync("denied.test"), Is.EqualTo("NoSuchName"));
    }

    [Test]
    public async Task NameServerThatCannotBeReached_IsSaid()
    {
        await using var bed = new ResolverSetup(servers: "255.255.255.255");
        var answer = await bed.ResolveAsync("a.test");
        Assert.That(answer.Outcome, Is.EqualTo(NameOutcome.Failed));
        Assert.That(answer.Reason, Does.StartWith("cannot ask the name server 255.255.255.255: "));
    }

    [TestCase("options ndots:1", "db", "127.0.0.2")]
    [TestCase("options ndots:1", "db.prod", "127.0.0.3")]
    [TestCase("options ndots:2", "db.prod", "127.0.0.4")]
    [TestCase("options ndots:2", "db.prod.", "127.0.0.3")]
    public async Task SearchDomains_AreAppendedToShortNames(string options, string name, string expected)
    {
        await using var bed = new ResolverSetup($"search one.test two.test\n{options}");
        bed.Server.Set("db.two.test", 60, "127.0.0.2");
        bed.Server.Set("db.prod", 60, "127.0.0.3");
        bed.Server.Set("db.prod.one.test", 60, "127.0.0.4");
        Assert.That(await bed.TextAsync(name), Is.EqualTo(expected));
    }

    [Test]
    public async Task HostsFile_ComesFirstAndItsChangeIsNoticed()
    {
        await using var bed = new ResolverSetup(hosts: "127.0.0.9 a.test # a comment\n::1 A.TEST\n");
        bed.Server.Set("a.test", 60, "127.0.0.1");
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.9 ::1"));
        bed.WriteHosts("127.0.0.10 a.test\n");
        await bed.BecomesAsync("a.test", "127.0.0.10");
        bed.WriteHosts("");
        await bed.BecomesAsync("a.test", "127.0.0.1");
    }

    [Test]
    public async Task ResolvConf_IsReadAgainWhenItChanges()
    {
        await using var bed = new ResolverSetup();
        using var other = new FakeDnsServer("127.0.0.54", bed.Server.Port);
        bed.Server.Set("a.test", 60, "127.0.0.1");
        other.Set("a.test", 60, "127.0.0.2");
        Assert.That(await bed.TextAsync("a.test"), Is.EqualTo("127.0.0.1"));
        bed.WriteResolver("nameserver 127.0.0.54\n");
        await bed.BecomesAsync("a.test", "127.0.0.2");
    }

    [TestCase("localhost")]
    [TestCase("LOCALHOST.")]
    [TestCase("app.localhost")]
    public async Task Localhost_IsThisMachineWithoutAskingAnyServer(string name)
    {
        await using var bed = new ResolverSetup();
        Assert.That(await bed.TextAsync(name), Is.EqualTo("127.0.0.1 ::1"));
        Assert.That(bed.Server.Questions(name), Is.Zero);
    }

    [TestCase("hosts: files myhostname dns")]
    [TestCase("hosts: files mdns4_minimal [NOTFOUND=return] dns myhostname")]
    [TestCase("hosts: mymachines resolve [!UNAVAIL=return] files dns")]
    [TestCase("hosts: dns files")]
    public async Task NameThatTheCLibraryKnows_IsFoundWhereNsswitchSaysSo(string sources)
    {
        var machine = System.Net.Dns.GetHostName();
        var known = await AddressesOfAsync(machine);
        Assume.That(known, Is.Not.Empty, "the C library does not know this machine's name");
        await using var bed = new ResolverSetup(sources: sources);
        Assert.That(await bed.TextAsync(machine), Is.EqualTo(ResolverSetup.TextOf(known.Distinct())));
    }

    [TestCase("0")]
    [TestCase("0.0")]
    [TestCase("127.1")]
    [TestCase("0x7f.0x1")]
    [TestCase("a..b")]
    [TestCase(".a")]
    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a~b.test")]
    public async Task WhatCannotBeAName_DoesNotExist(string name)
    {
        await using var bed = new ResolverSetup();
        var answer = await bed.ResolveAsync(name);
        Assert.That((answer.Outcome, answer.Reason), Is.EqualTo((NameOutcome.NoSuchName, "not a host name")));
        Assert.That(bed.Resolver.NamesCached, Is.Zero);
    }

    [Test]
    public async Task LabelThatIsANumber_IsPartOfAName()
    {
        await using var bed = new ResolverSetup(hosts: "127.0.0.1 web.1 1.2.3.4.5\n");
        Assert.That(await bed.TextAsync("web.1"), Is.EqualTo("127.0.0.1"));
        Assert.That(await bed.TextAsync("1.2.3.4.5"), Is.EqualTo("127.0.0.1"));
    }

    private static async Task<IPAddress[]> AddressesOfAsync(string name)
    {
        try
        {
            return await System.Net.Dns.GetHostAddressesAsync(name);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return [];
        }
    }

    private static DnsRecord AliasOf(string name, string target) =>
        new(name, FakeDnsServer.Alias, 60, FakeDnsServer.Encoded(target));
}
