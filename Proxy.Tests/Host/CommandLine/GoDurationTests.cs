using CsCheck;
using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

public class GoDurationTests
{
    [TestCase("0", 0)]
    [TestCase("-0", 0)]
    [TestCase("+0", 0)]
    [TestCase("0s", 0)]
    [TestCase("100ns", 1)]
    [TestCase("1us", 10)]
    [TestCase("1\u00b5s", 10)]
    [TestCase("1\u03bcs", 10)]
    [TestCase("300ms", 3_000_000)]
    [TestCase("1.5s", 15_000_000)]
    [TestCase("1.s", 10_000_000)]
    [TestCase(".5s", 5_000_000)]
    [TestCase("1m30s", 900_000_000)]
    [TestCase("2h45m", 99_000_000_000)]
    [TestCase("-1h", -36_000_000_000)]
    [TestCase("+1h", 36_000_000_000)]
    [TestCase("1s1s", 20_000_000)]
    [TestCase("0.000000000000000000000000001h", 0)]
    [TestCase("0.333333333333333333333h", 12_000_000_000)]
    public void GoDuration_IsRead(string text, long ticks)
    {
        Assert.That(GoDuration.TryParse(text, out var value), Is.True);
        Assert.That(value.Ticks, Is.EqualTo(ticks));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("5")]
    [TestCase("1.5")]
    [TestCase("00")]
    [TestCase("s")]
    [TestCase(".s")]
    [TestCase("-.s")]
    [TestCase("1 s")]
    [TestCase(" 1s")]
    [TestCase("1s ")]
    [TestCase("1S")]
    [TestCase("1d")]
    [TestCase("1s5")]
    [TestCase("1..5s")]
    [TestCase("--1s")]
    [TestCase("1m-30s")]
    [TestCase("0x10s")]
    [TestCase("\u0663s")]
    [TestCase("2562048h")]
    [TestCase("99999999999999999999s")]
    public void NoGoDuration_IsRefused(string text)
    {
        Assert.That(GoDuration.TryParse(text, out _), Is.False);
        Assert.That(() => new GoDuration(text), Throws.TypeOf<FormatException>());
    }

    [TestCase("1ns", 1)]
    [TestCase("101ns", 2)]
    [TestCase("-1ns", -1)]
    public void LessThanATick_IsNotRoundedToNothing(string text, long ticks) =>
        Assert.That(new GoDuration(text).Value.Ticks, Is.EqualTo(ticks));

    [Test]
    public void LongestGoDuration_IsRead() =>
        Assert.That(new GoDuration("2562047h47m16.854775807s").Value.TotalHours, Is.GreaterThan(2_562_047));

    [Test]
    public void TypedText_IsKept() => Assert.That(new GoDuration("90s").ToString(), Is.EqualTo("90s"));

    [Test]
    public void SumOfParts_IsRead() =>
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Int[0, 10_000]).Sample(
            (hours, minutes, seconds, milliseconds) =>
                GoDuration.TryParse($"{hours}h{minutes}m{seconds}s{milliseconds}ms", out var value)
                && value == TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(minutes)
                    + TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(milliseconds));

    [Test]
    public void AnyText_IsReadOrRefused() => Gen.String.Sample(text => { _ = GoDuration.TryParse(text, out _); });
}
