using CsCheck;
using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Host.CommandLine;

public class GoIntegerTests
{
    [TestCase("0", 0)]
    [TestCase("30", 30)]
    [TestCase("-1", -1)]
    [TestCase("+1", 1)]
    [TestCase("1_000", 1000)]
    [TestCase("0x1e", 30)]
    [TestCase("0X1E", 30)]
    [TestCase("-0x1e", -30)]
    [TestCase("0x_1e", 30)]
    [TestCase("0o36", 30)]
    [TestCase("0O36", 30)]
    [TestCase("036", 30)]
    [TestCase("0_36", 30)]
    [TestCase("00", 0)]
    [TestCase("0b11110", 30)]
    [TestCase("0B1_1110", 30)]
    [TestCase("2147483647", int.MaxValue)]
    [TestCase("-2147483648", int.MinValue)]
    [TestCase("-0x80000000", int.MinValue)]
    public void GoInteger_IsRead(string text, int expected)
    {
        Assert.That(GoInteger.TryParse(text, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("+-1")]
    [TestCase("abc")]
    [TestCase("1s")]
    [TestCase("1.0")]
    [TestCase("1e3")]
    [TestCase(" 1")]
    [TestCase("1 ")]
    [TestCase("1,000")]
    [TestCase("_1")]
    [TestCase("1_")]
    [TestCase("1__0")]
    [TestCase("0x")]
    [TestCase("0x_")]
    [TestCase("0xg")]
    [TestCase("09")]
    [TestCase("0o8")]
    [TestCase("0b2")]
    [TestCase("1a")]
    [TestCase("\u0663")]
    [TestCase("2147483648")]
    [TestCase("-2147483649")]
    [TestCase("99999999999999999999999999")]
    public void NoGoInteger_IsRefused(string text) => Assert.That(GoInteger.TryParse(text, out _), Is.False);

    [Test]
    public void AnyNumber_IsReadInEveryRadix() =>
        Gen.Int.NonNegative.Sample(number =>
            new[]
            {
                $"{number}", $"0x{number:x}", $"0b{number:b}", $"0o{Convert.ToString(number, 8)}",
                $"0{Convert.ToString(number, 8)}",
            }.All(text => GoInteger.TryParse(text, out var value) && value == number));
}
