using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Host;

namespace Proxy.Tests.Host.CommandLine;

public class HelpTextTests
{
    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    [Test]
    public void EveryFlag_IsShownWithItsPlaceholder()
    {
        var lines = HelpText.Of(Table).Split('\n');
        foreach (var flag in Table.Flags)
            Assert.That(lines, Has.One.EndsWith($"--{flag.Name} {flag.Value}".TrimEnd()), flag.Name);
    }

    [Test]
    public void EveryFlagWithAValue_IsShownWithItsDefault()
    {
        var entries = HelpText.Of(Table).Split(["\n  -", "\n      --"], StringSplitOptions.None).Skip(1).ToList();
        Assert.That(entries, Has.Count.EqualTo(Table.Flags.Count));
        Assert.That(entries.Take(entries.Count - 2), Has.All.Contains("(default: "), "all but help and version");
    }

    [Test]
    public void NoLine_IsWiderThanATerminal() =>
        Assert.That(HelpText.Of(Table).Split('\n'), Has.All.Length.LessThanOrEqualTo(80));

    [Test]
    public void Text_IsPlainAscii() => Assert.That(HelpText.Of(Table), Does.Match("^[\n -~]*$"));

    [TestCase("(default: 0.0.0.0:8989)")]
    [TestCase("(default: 30s)")]
    [TestCase("(default: 10ms)")]
    [TestCase("(default: 200000 hosts)")]
    [TestCase("(default: 60s)")]
    [TestCase("(default: none)")]
    public void Default_IsShownInOnePieceWithItsUnit(string text) =>
        Assert.That(HelpText.Of(Table), Does.Contain(text));

    [Test]
    public void Groups_ComeInTheirOrder()
    {
        var headings = HelpText.Of(Table).Split('\n').Where(line => line.EndsWith(':') && !line.StartsWith(' '));
        Assert.That(headings, Is.EqualTo(["Listen:", "TLS:", "Redis:", "Timeouts:", "Routing:", "Logs:", "Other:"]));
    }

    [Test]
    public void Table_HasTheSeedsFlagsAndOurs()
    {
        string[] redis =
        [
            "network", "host", "port", "sentinel-addrs", "sentinel-name", "sentinel-user", "sentinel-password",
            "user", "password", "db", "tls", "ca", "cert", "key", "insecure",
        ];
        string[] expected =
        [
            "listen", "max-connections", "max-connections-per-address", "trusted-proxies", "proxy-protocol",
            "tls-listen", "tls-preset", "load-certificates-from", "default-certificate",
            "certificates-cache-size", "backend-ca", "backend-insecure",
            .. redis.Select(name => "read-redis-" + name), .. redis.Select(name => "write-redis-" + name),
            "request-timeout", "dial-timeout", "client-read-timeout", "client-read-header-timeout",
            "client-write-timeout", "client-idle-timeout", "tunnel-idle-timeout",
            "flush-interval", "drain-delay", "drain-timeout", "routes", "routes-cache-size", "stale-routes", "snapshot",
            "backend-cache", "active-healthcheck", "hipache", "dead-backend-time",
            "retries", "access-log", "access-log-format", "request-id-header",
            "metrics-address", "metrics-hosts", "engine", "threads", "help", "version",
        ];
        Assert.That(Table.Flags.Select(flag => flag.Name), Is.EqualTo(expected));
    }

    [TestCase("l", "listen")]
    [TestCase("h", "help")]
    [TestCase("v", "version")]
    public void Letter_IsTheSeeds(string letter, string name) =>
        Assert.That(Table.TryFind(letter, out var flag) ? flag.Name : null, Is.EqualTo(name));

    [Test]
    public void Switch_IsShownWithItsDefaultButWithoutValue() =>
        Assert.That(
            HelpText.Of(FlagTable.Of(new SampleFlags())),
            Does.Contain("  -c, --cache\n        Whether to cache. (default: false)\n"));

    [Test]
    public void Value_IsNamedByItsUnitOrKind()
    {
        var text = HelpText.Of(FlagTable.Of(new SampleFlags()));
        Assert.That(text, Does.Contain("  -n, --number SECONDS\n").And.Contain("      --wait TIME\n"));
    }
}
