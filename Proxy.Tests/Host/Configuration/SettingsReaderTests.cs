using System.Net;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Telemetry.Logs;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.Configuration;

public class SettingsReaderTests
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromMilliseconds(int.MaxValue);

    [Test]
    public void NothingTyped_GivesTheSeedsDefaults()
    {
        var settings = Read();
        Assert.That(settings.Listen, Is.InstanceOf<IPEndPoint>().With.Property(nameof(IPEndPoint.Port)).EqualTo(8989));
        Assert.That(settings.AccessLog, Is.EqualTo("./access.log"));
        Assert.That(settings.RequestIdHeader, Is.Empty);
        Assert.That(settings.Routing.DeadBackendTime, Is.EqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(settings.Retries, Is.EqualTo(2));
        Assert.That(settings.DrainTimeout, Is.EqualTo(TimeSpan.FromSeconds(60)));
        Assert.That(settings.Engine, Is.EqualTo(Engine.Native));
        Assert.That(settings.Timeouts, Is.EqualTo(new Timeouts(
            Dial: TimeSpan.FromSeconds(10),
            Request: TimeSpan.FromSeconds(30),
            ClientRead: TimeSpan.Zero,
            ClientReadHeader: TimeSpan.Zero,
            ClientWrite: TimeSpan.Zero,
            ClientIdle: TimeSpan.Zero,
            TunnelIdle: TimeSpan.Zero)));
    }

    [Test]
    public void EveryTimeout_GoesToItsPlace()
    {
        var settings = Read("--dial-timeout=1", "--request-timeout=2", "--client-read-timeout=3s",
            "--client-read-header-timeout=4s", "--client-write-timeout=5s", "--client-idle-timeout=6s",
            "--drain-timeout=7s", "--dead-backend-time=8", "--retries=9", "--tunnel-idle-timeout=10s");
        Assert.That(settings.Timeouts, Is.EqualTo(new Timeouts(
            Dial: TimeSpan.FromSeconds(1),
            Request: TimeSpan.FromSeconds(2),
            ClientRead: TimeSpan.FromSeconds(3),
            ClientReadHeader: TimeSpan.FromSeconds(4),
            ClientWrite: TimeSpan.FromSeconds(5),
            ClientIdle: TimeSpan.FromSeconds(6),
            TunnelIdle: TimeSpan.FromSeconds(10))));
        Assert.That(settings.DrainTimeout, Is.EqualTo(TimeSpan.FromSeconds(7)));
        Assert.That(settings.Routing.DeadBackendTime, Is.EqualTo(TimeSpan.FromSeconds(8)));
        Assert.That(settings.Retries, Is.EqualTo(9));
    }

    [Test]
    public void RoutingFlags_GoToTheirPlaces()
    {
        var settings = Read("--routes-cache-size=5", "--stale-routes=0", "--backend-cache", "--hipache",
            "--snapshot=s.txt", "--active-healthcheck");
        Assert.That(settings.Routing.RoutesMax, Is.EqualTo(5));
        Assert.That(settings.Routing.StaleRoutes, Is.EqualTo(TimeSpan.Zero));
        Assert.That(settings.Routing.CachesUntracked && !settings.Routing.MarksLoneBackend);
        Assert.That(settings.IsHipache && settings.ActiveHealthcheck);
        Assert.That(settings.SnapshotFile, Is.EqualTo("s.txt"));
        Assert.That(Read("--stale-routes=90s").Routing.StaleRoutes, Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(Read().Routing.StaleRoutes, Is.Null);
    }

    [TestCase("0")]
    [TestCase("-1")]
    public void RequestTimeoutOfZeroOrLess_IsNoLimit(string typed) =>
        Assert.That(Read("--request-timeout", typed).Timeouts.Request, Is.EqualTo(TimeSpan.Zero));

    [Test]
    public void DialTimeoutOfZero_IsNoLimit() =>
        Assert.That(Read("--dial-timeout=0").Timeouts.Dial, Is.EqualTo(TimeSpan.Zero));

    [Test]
    public void DeadBackendTimeOfZero_IsTheDefault() =>
        Assert.That(Read("--dead-backend-time=0").Routing.DeadBackendTime, Is.EqualTo(TimeSpan.FromSeconds(30)));

    [TestCase("--dead-backend-time=300ms", "must be 1s or more, or 0, which means 30s")]
    [TestCase("--retries=-1", "must be a whole number, 0 or more")]
    [TestCase("--engine=fasthttp", "must be native or sockets")]
    public void ValueWithoutMeaning_IsRefused(string word, string complaint) =>
        Assert.That(Complaints(word), Has.One.Contains(complaint));

    [Test]
    public void ClientTimeoutsOfLessThanZero_AreNoLimit()
    {
        var timeouts = Read("--client-read-timeout=-1s", "--client-write-timeout=-1s").Timeouts;
        Assert.That(timeouts.ClientRead, Is.EqualTo(TimeSpan.Zero));
        Assert.That(timeouts.ClientWrite, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void ClientTimeoutsThatFallBack_DoNotWhenLessThanZero()
    {
        var timeouts = Read("--client-read-header-timeout=-1s", "--client-idle-timeout=-1s").Timeouts;
        Assert.That(timeouts.ClientReadHeader, Is.EqualTo(WaitMax));
        Assert.That(timeouts.ClientIdle, Is.EqualTo(WaitMax));
    }

    [Test]
    public void WaitLongerThanTimersCan_IsCutToTheirs()
    {
        var settings = Read("--client-read-timeout=10000h", "--request-timeout=0x7fffffff", "--drain-timeout=2000h");
        Assert.That(settings.Timeouts.ClientRead, Is.EqualTo(WaitMax));
        Assert.That(settings.Timeouts.Request, Is.EqualTo(WaitMax));
        Assert.That(settings.DrainTimeout, Is.EqualTo(WaitMax));
    }

    [Test]
    public void ListenDisabled_LeavesNothingToListenOn() =>
        Assert.That(Complaints("--listen=disabled"), Has.One.Contains("flag --listen").And.Contains("nothing else"));

    [TestCase("")]
    [TestCase("8989")]
    [TestCase("localhost:65536")]
    public void ListenOnNoAddress_IsRefused(string typed) =>
        Assert.That(Complaints("--listen", typed), Has.One.Contains($"invalid value \"{typed}\" for flag --listen"));

    [TestCase("--listen", "8080", "(did you mean :8080?)")]
    [TestCase("--tls-listen", "443", "(did you mean :443?)")]
    [TestCase("--metrics-address", "http://127.0.0.1:9113/", "(did you mean 127.0.0.1:9113?)")]
    public void AddressThatLacksItsColon_IsRefusedWithWhatWasMeant(string flag, string typed, string meant) =>
        Assert.That(Complaints(flag, typed), Has.One.EndsWith(meant));

    [TestCase("99999")]
    [TestCase(":99999")]
    [TestCase("localhost")]
    public void AddressThatIsNone_IsRefusedWithoutAGuess(string typed) => Assert.That(
        Complaints("--listen", typed), Has.One.Contains("with a port from 0 to 65535").And.Not.Contain("did you mean"));

    [TestCase("", "none")]
    [TestCase("none", "none")]
    [TestCase("stdout", "stdout")]
    [TestCase("/var/log/planb.log", "/var/log/planb.log")]
    [TestCase("syslog", "syslog")]
    [TestCase("syslog:/run/log", "syslog:/run/log")]
    public void AccessLog_IsAPathOrAWord(string typed, string expected) =>
        Assert.That(Read("--access-log", typed).AccessLog, Is.EqualTo(expected));

    [Test]
    public void SyslogWithoutItsPath_IsRefused() =>
        Assert.That(Complaints("--access-log", "syslog:"), Has.One.Contains("flag --access-log"));

    [Test]
    public void AccessLogFormat_IsPlanbsUnlessJson()
    {
        Assert.That(Read().AccessLogFormat, Is.EqualTo(AccessLogFormat.Line));
        Assert.That(Read("--access-log-format=json").AccessLogFormat, Is.EqualTo(AccessLogFormat.Json));
        Assert.That(Complaints("--access-log-format=xml"), Has.One.Contains("flag --access-log-format"));
    }

    [Test]
    public void TrustedProxies_AreNobodyInParticularUnlessTyped()
    {
        Assert.That(Read().TrustedProxies, Is.Null);
        var trusted = Read("--trusted-proxies", "10.0.0.0/8, 2001:db8::/32,192.0.2.1").TrustedProxies!;
        Assert.That(trusted.Contains(IPAddress.Parse("10.1.2.3")) && trusted.Contains(IPAddress.Parse("192.0.2.1")));
        Assert.That(trusted.Contains(IPAddress.Parse("192.0.2.2")), Is.False);
    }

    [TestCase("10.0.0.0/33", "10.0.0.0/33")]
    [TestCase("10.0.0.1/8", "10.0.0.1/8")]
    [TestCase("10.0.0.0/8,", "")]
    [TestCase("::1, localhost", "localhost")]
    [TestCase("10.1", "10.1")]
    public void BadRangeOfTrustedProxies_IsNamed(string typed, string fault) => Assert.That(
        Complaints("--trusted-proxies", typed),
        Has.One.Contains($"invalid value \"{fault}\" for flag --trusted-proxies: must be addresses and CIDRs"));

    [Test]
    public void ProxyProtocol_IsOffUnlessOn()
    {
        Assert.That(Read().TakesProxyProtocol, Is.False);
        Assert.That(Read("--proxy-protocol=on").TakesProxyProtocol, Is.True);
        Assert.That(Complaints("--proxy-protocol=v1"), Has.One.Contains("must be off or on"));
    }

    [TestCase("x-request-id", "X-Request-Id")]
    [TestCase("X-REQUEST-ID", "X-Request-Id")]
    [TestCase("x--id-", "X--Id-")]
    [TestCase("x_trace.id", "X_trace.id")]
    [TestCase("", "")]
    public void RequestIdHeader_IsSpeltCanonically(string typed, string expected) =>
        Assert.That(Read("--request-id-header", typed).RequestIdHeader, Is.EqualTo(expected));

    [TestCase("x request")]
    [TestCase("x:")]
    [TestCase("x\r\ny")]
    [TestCase("\u00e9")]
    [TestCase("host")]
    [TestCase("content-length")]
    [TestCase("TRANSFER-ENCODING")]
    public void RequestIdHeaderThatCannotBe_IsRefused(string typed) =>
        Assert.That(Complaints("--request-id-header", typed), Has.One.Contains("flag --request-id-header"));

    [Test]
    public void Engine_IsSockets() => Assert.That(Read("--engine", "sockets").Engine, Is.EqualTo(Engine.Sockets));

    [Test]
    public void EverythingWrong_IsToldAtOnce() =>
        Assert.That(
            Complaints("--listen=x", "--request-id-header= ", "--stale-routes=x", "--read-redis-host=a:1"),
            Has.Length.EqualTo(4));

    private static Settings Read(params string[] typed) =>
        Invocation.Read(typed) is { Settings: { } settings } ? settings : throw new AssertionException("Refused.");

    private static string[] Complaints(params string[] typed)
    {
        var invocation = Invocation.Read(typed);
        Assert.That(invocation.Settings, Is.Null);
        Assert.That(invocation.ExitCode, Is.EqualTo(2));
        return invocation.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
