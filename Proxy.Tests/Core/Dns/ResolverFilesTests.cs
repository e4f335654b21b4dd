using System.Net;
using NUnit.Framework;
using Proxy.Core.Dns;

namespace Proxy.Tests.Core.Dns;

/// <summary>resolv.conf, nsswitch.conf and names as the C library reads them.</summary>
public sealed class ResolverFilesTests
{
    [Test]
    public void ResolvConf_IsReadAsTheCLibraryDoes()
    {
        var options = Parse(
            "# comment\n; comment\nnameserver 10.0.0.1\nnameserver\t::1\nnameserver nonsense\nnameserver 10.0.0.3\n" +
            "nameserver 10.0.0.4\ndomain old.test\nsearch one.test two.test.\n" +
            "options ndots:5 timeout:3 attempts:4 rotate\noptions edns0 use-vc no-aaaa unknown:1\n");
        Assert.That(options.Servers.Select(ip => ip.ToString()), Is.EqualTo(new[] { "10.0.0.1", "::1", "10.0.0.3" }));
        Assert.That(options.Search, Is.EqualTo(new[] { "one.test", "two.test" }));
        Assert.That((options.Ndots, options.TryTime, options.Attempts), Is.EqualTo((5, TimeSpan.FromSeconds(3), 4)));
        Assert.That(options.IsRotating && options.UsesEdns && options.UsesTcp && options.IsWithoutIPv6);
    }

    [Test]
    public void EmptyResolvConf_MeansThisMachineAndItsDomain()
    {
        var options = Parse("");
        Assert.That(options.Servers, Is.EqualTo(new[] { IPAddress.Loopback }));
        Assert.That(options.Search, Is.EqualTo(new[] { "example.test" }));
    }

    [TestCase("options ndots:99 timeout:99 attempts:99", 15, 30, 5)]
    [TestCase("options ndots:-1 timeout:0 attempts:0", 0, 1, 1)]
    [TestCase("options ndots: timeout:x attempts", 1, 2, 2)]
    public void Options_HaveBounds(string text, int ndots, int seconds, int attempts)
    {
        var options = Parse(text);
        Assert.That(
            (options.Ndots, options.TryTime, options.Attempts),
            Is.EqualTo((ndots, TimeSpan.FromSeconds(seconds), attempts)));
    }

    [TestCase("", "FilesAndDns")]
    [TestCase("passwd: files\nhosts:\tfiles dns # usual", "FilesAndDns")]
    [TestCase("hosts: files myhostname resolve [!UNAVAIL=return] dns", "FilesDnsAndMore")]
    [TestCase("hosts: files mdns4_minimal [NOTFOUND=return] dns", "FilesDnsAndMore")]
    [TestCase("hosts: files mdns4_minimal [ NOTFOUND=return UNAVAIL=continue ] dns", "FilesDnsAndMore")]
    [TestCase("hosts: dns [!UNAVAIL=return] files", "Other")]
    [TestCase("hosts: files[NOTFOUND=return] dns", "Other")]
    [TestCase("hosts: files", "Other")]
    [TestCase("hosts: dns", "Other")]
    [TestCase("hosts: files ldap", "Other")]
    public void Nsswitch_SaysWhatIsUsed(string text, string expected) =>
        Assert.That(NameSwitchFile.Parse(text).ToString(), Is.EqualTo(expected));

    [TestCase("a.b.c.test", "b.c.test")]
    [TestCase("b.test", "b.test")]
    [TestCase("b.test.", "b.test.")]
    [TestCase("db", "db")]
    public void Zone_IsOneLevelUp(string name, string zone) => Assert.That(HostName.ZoneOf(name), Is.EqualTo(zone));

    private static ResolverOptions Parse(string text) => ResolverOptions.Parse(text, "host.example.test");
}
