using NUnit.Framework;
using Proxy.Core;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

/// <summary>Every flag that takes a time takes it with a unit and without, typed and by the environment.</summary>
public class TimeFlagsTests
{
    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    // The Go planb's whole numbers are seconds, but one of milliseconds; its durations took no number alone.
    private static readonly string[] InSeconds =
    [
        "request-timeout", "dial-timeout", "client-read-timeout", "client-read-header-timeout", "client-write-timeout",
        "client-idle-timeout", "tunnel-idle-timeout", "drain-delay", "drain-timeout", "dead-backend-time",
    ];

    private static readonly string[] OfGoThatMayBeNegative =
    [
        "request-timeout", "client-read-timeout", "client-read-header-timeout", "client-write-timeout",
        "client-idle-timeout", "flush-interval",
    ];

    private static IEnumerable<string> All => [.. InSeconds, "flush-interval"];

    [Test]
    public void TimeFlags_AreAllTestedHere() => Assert.That(
        Table.Flags.Where(flag => flag.Kind is FlagKind.Duration).Select(flag => flag.Name), Is.EquivalentTo(All));

    [TestCase("30", "30s")]
    [TestCase("30s", "30s")]
    [TestCase("1m30s", "1m30s")]
    [TestCase("1500ms", "1500ms")]
    [TestCase("1.5s", "1.5s")]
    [TestCase("1.5", "1.5s")]
    [TestCase("0", "0s")]
    [TestCase("0s", "0s")]
    [TestCase("+5", "5s")]
    [TestCase("0x1e", "30s")]
    [TestCase("1_000", "1000s")]
    public void NumberAlone_IsSeconds(string typed, string meant)
    {
        foreach (var name in InSeconds) Assert.That(Flag(name).Normalise(typed), Is.EqualTo(meant), name);
    }

    [TestCase("10", "10ms")]
    [TestCase("10ms", "10ms")]
    [TestCase("1s", "1s")]
    [TestCase("-1", "-1ms")]
    public void NumberAlone_IsMillisecondsForFlushInterval(string typed, string meant) =>
        Assert.That(Flag("flush-interval").Normalise(typed), Is.EqualTo(meant));

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("30 s", "30s")]
    [TestCase(" 30", "30")]
    [TestCase("30sec", "30s")]
    [TestCase("30 Seconds", "30s")]
    [TestCase("30S", "30s")]
    [TestCase("5min", "5m")]
    [TestCase("2hrs", "2h")]
    [TestCase("1d", "24h")]
    [TestCase("1.5d")]
    [TestCase("99999999d")]
    [TestCase("1e3")]
    [TestCase("1m30")]
    [TestCase("--5")]
    [TestCase("5-")]
    [TestCase(".")]
    [TestCase("1.2.3")]
    [TestCase("99999999999999")]
    [TestCase("9999999h")]
    [TestCase("1,5s")]
    [TestCase("soon")]
    [TestCase("\u0663s")]
    public void WhatIsNoTime_IsRefusedWithFlagAndValueAndWhatIsAllowed(string typed, string? meant = null)
    {
        foreach (var name in All)
        {
            var errors = Invocation.Read([$"--{name}={typed}"]).Errors;
            Assert.That(errors, Does.StartWith($"planb: invalid value \"{typed}\" for flag --{name}: must be a time"));
            if (meant is null) Assert.That(errors, Does.Not.Contain("did you mean"));
            else Assert.That(errors, Does.EndWith($" (did you mean {meant}?)\n"));
        }
    }

    [Test]
    public void LessThanZero_IsRefusedUnlessGoGaveItAMeaning()
    {
        foreach (var name in All)
        {
            foreach (var typed in (string[])["-1", "-1s"])
            {
                var isTaken = Invocation.Read([$"--{name}={typed}"]).Settings is not null;
                Assert.That(isTaken, Is.EqualTo(OfGoThatMayBeNegative.Contains(name)), name);
            }
        }
    }

    [Test]
    public void NumberAlone_IsSecondsInTheEnvironmentToo()
    {
        var settings = Read("PLANB_REQUEST_TIMEOUT", "45");
        Assert.That(settings?.Timeouts.Request, Is.EqualTo(TimeSpan.FromSeconds(45)));
        Assert.That(Read("PLANB_DRAIN_TIMEOUT", "90")?.DrainTimeout, Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(Read("PLANB_DIAL_TIMEOUT", "250ms")?.Timeouts.Dial, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(Read("PLANB_STALE_ROUTES", "10")?.Routing.StaleRoutes, Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [TestCase("PLANB_DRAIN_TIMEOUT", "30sec")]
    [TestCase("PLANB_STALE_ROUTES", "30sec")]
    public void WhatIsNoTimeInTheEnvironment_IsRefusedByTheVariablesName(string variable, string value) => Assert.That(
        Invocation.Read([], new Dictionary<string, string> { [variable] = value }).Errors,
        Does.StartWith($"planb: invalid value \"{value}\" for {variable}: must be ").And.Contain("did you mean 30s?"));

    [TestCase("forever", null)]
    [TestCase("0", 0)]
    [TestCase("30", 30)]
    [TestCase("30s", 30)]
    [TestCase("2m", 120)]
    public void StaleRoutes_AreATimeOrForever(string typed, int? seconds) => Assert.That(
        Invocation.Read(["--stale-routes", typed]).Settings?.Routing.StaleRoutes,
        Is.EqualTo(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value)));

    [TestCase("-1", "must be \"forever\", or a time such as")]
    [TestCase("for ever", "(did you mean forever?)")]
    [TestCase("1d", "(did you mean 24h?)")]
    public void StaleRoutesOfNoTime_AreRefused(string typed, string wanted) =>
        Assert.That(Invocation.Read([$"--stale-routes={typed}"]).Errors, Does.Contain(wanted));

    private static Settings? Read(string variable, string value) =>
        Invocation.Read([], new Dictionary<string, string> { [variable] = value }).Settings;

    private static Flag Flag(string name) =>
        Table.TryFind(name, out var flag) ? flag : throw new AssertionException(name);
}
