using CsCheck;
using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Host;

namespace Proxy.Tests.Host.CommandLine;

public class FlagParserTests
{
    [Test]
    public void NothingTyped_LeavesTheDefaults()
    {
        var flags = Parse();
        Assert.That(flags.Listen, Is.EqualTo("here"));
        Assert.That(flags.Number, Is.EqualTo(7));
        Assert.That(flags.Wait.Value, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(flags.Cache, Is.False);
        Assert.That(flags.Keep, Is.True);
    }

    [Test]
    public void EveryKindOfFlag_IsSet()
    {
        var flags = Parse("-listen", ":1", "-n", "0x10", "--wait=1m30s", "-c", "--keep=false", "--shape", "square");
        Assert.That(flags.Listen, Is.EqualTo(":1"));
        Assert.That(flags.Number, Is.EqualTo(16));
        Assert.That(flags.Wait.Value, Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(flags.Cache, Is.True);
        Assert.That(flags.Keep, Is.False);
        Assert.That(flags.Shape, Is.EqualTo("square"));
    }

    [Test]
    public void SwitchSetToFalse_IsFalse() => Assert.That(Parse("--cache", "--cache=false").Cache, Is.False);

    [Test]
    public void SameFlagTwice_TakesTheLast() => Assert.That(Parse("-n", "1", "-n", "2").Number, Is.EqualTo(2));

    [Test]
    public void NegativeValue_IsAValue() => Assert.That(Parse("--wait", "-5s").Wait.Value.TotalSeconds, Is.EqualTo(-5));

    [TestCase("")]
    [TestCase(" ")]
    [TestCase(" leading")]
    [TestCase("trailing ")]
    [TestCase("--")]
    [TestCase("-n")]
    [TestCase("--number=5")]
    [TestCase("a=b=c")]
    [TestCase("\"quoted\"")]
    [TestCase("two\nlines")]
    [TestCase("a,b;c|d")]
    public void OddText_ArrivesAsTyped(string text) => Assert.That(Parse("--listen=" + text).Listen, Is.EqualTo(text));

    [Test]
    public void AnyText_ArrivesAsTyped() =>
        Gen.String.Sample(text => Parse("--listen=" + text).Listen == text);

    private static SampleFlags Parse(params string[] typed)
    {
        var errors = new FlagErrors();
        var arguments = GoStyleArguments.Read(typed, FlagTable.Of(new SampleFlags()), errors);
        var flags = FlagParser.Parse<SampleFlags>(arguments.Normalised, errors);
        return flags ?? throw new AssertionException(string.Join('\n', errors.Lines));
    }
}
