using NUnit.Framework;
using Proxy.Host;

namespace Proxy.Tests.Host;

public class GoArgumentsTests
{
    [TestCase("-listen v")]
    [TestCase("--listen v")]
    [TestCase("-listen=v")]
    [TestCase("--listen=v")]
    [TestCase("-l v")]
    [TestCase("-l=v")]
    [TestCase("--l v")]
    [TestCase("--l=v")]
    public void EveryFormOfAFlag_IsTheSame(string line) => AssertNormalised(line.Split(' '), "--listen=v");

    [Test]
    public void OneDashBeforeALongName_IsNotALetterWithItsValue() =>
        AssertNormalised(["-listen", ":1"], "--listen=:1");

    [TestCase("--cache", "true")]
    [TestCase("-c", "true")]
    [TestCase("--cache=true", "true")]
    [TestCase("--cache=T", "true")]
    [TestCase("--cache=1", "true")]
    [TestCase("--cache=false", "false")]
    [TestCase("-cache=F", "false")]
    [TestCase("--cache=0", "false")]
    public void Switch_IsTrueAloneAndWhatItIsSetTo(string word, string expected) =>
        AssertNormalised([word], $"--cache={expected}");

    [Test]
    public void SwitchAlone_DoesNotTakeTheNextWord()
    {
        var (arguments, complaints) = Read("--cache", "false", "-n", "5");
        Assert.That(complaints, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(["--cache=true"]));
        Assert.That(arguments.Words, Is.EqualTo(["false", "-n", "5"]));
    }

    [TestCase("--cache=yes")]
    [TestCase("--cache=")]
    [TestCase("--cache=tRUE")]
    public void SwitchSetToNoTruthValue_IsRefused(string word) =>
        Assert.That(Read(word).Complaints, Has.One.Contains("--cache: must be true or false"));

    [Test]
    public void LastOfSeveral_Wins() =>
        AssertNormalised(["-l", "a", "-n", "1", "-l", "b", "-n=2"], "--listen=b", "--number=2");

    [TestCase("-l", "a", "--listen", "b")]
    [TestCase("--listen", "a", "-l", "b")]
    [TestCase("-listen=a", "--l=b")]
    public void TwoFormsOfAFlag_AreRefused(params string[] words) =>
        Assert.That(
            Read(words).Complaints,
            Is.EqualTo(["planb: Cannot use two forms of the same flag: l listen"]));

    [TestCase("-n")]
    [TestCase("--cache")]
    [TestCase("--")]
    [TestCase("")]
    [TestCase("-")]
    public void FlagWithoutValue_TakesTheNextWordWhateverItIs(string word) =>
        AssertNormalised(["-l", word], "--listen=" + word);

    [Test]
    public void WordTakenAsValue_LeavesTheRestAsFlags() =>
        AssertNormalised(["-l", "-n", "-n", "5"], "--listen=-n", "--number=5");

    [TestCase("-l")]
    [TestCase("--listen")]
    [TestCase("--number")]
    public void LastFlagWithoutItsValue_IsRefused(string word) =>
        Assert.That(Read("--cache", word).Complaints, Has.One.StartsWith("planb: flag needs an argument: --"));

    [TestCase("stray")]
    [TestCase("-")]
    [TestCase("")]
    [TestCase("=")]
    public void FirstWordThatIsNoFlag_EndsTheFlags(string word)
    {
        var (arguments, complaints) = Read("-l", "a", word, "--bogus", "-l", "b");
        Assert.That(complaints, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(["--listen=a"]));
        Assert.That(arguments.Words, Is.EqualTo([word, "--bogus", "-l", "b"]));
    }

    [Test]
    public void TwoDashes_EndTheFlags()
    {
        var (arguments, complaints) = Read("-l", "a", "--", "--bogus");
        Assert.That(complaints, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(["--listen=a"]));
        Assert.That(arguments.Words, Is.EqualTo(["--bogus"]));
    }

    [Test]
    public void NoArguments_AreNoFlagsAndNoWords()
    {
        var (arguments, complaints) = Read();
        Assert.That(complaints, Is.Empty);
        Assert.That(arguments.Normalised, Is.Empty);
        Assert.That(arguments.Words, Is.Empty);
    }

    [TestCase("--number=0x1e", "--number=30")]
    [TestCase("--number=036", "--number=30")]
    [TestCase("--number=1_0", "--number=10")]
    [TestCase("--wait=1m30s", "--wait=1m30s")]
    [TestCase("--shape=square", "--shape=square")]
    [TestCase("--listen==a=b", "--listen==a=b")]
    [TestCase("--listen=", "--listen=")]
    public void Value_IsPutIntoPlainSpelling(string word, string expected) => AssertNormalised([word], expected);

    [TestCase("--number=1s", "invalid value \"1s\" for flag --number: must be a whole number of seconds, 0 or more")]
    [TestCase("--number=-1", "invalid value \"-1\" for flag --number: must be a whole number of seconds, 0 or more")]
    [TestCase("--wait=5", "invalid value \"5\" for flag --wait: must be a time with its unit, such as")]
    [TestCase("--shape=oval", "invalid value \"oval\" for flag --shape: must be round or square")]
    [TestCase("--shape=sqare", "must be round or square (did you mean square?)")]
    [TestCase("--shape=", "invalid value \"\" for flag --shape: must be round or square")]
    public void ValueNotAllowed_IsRefusedWithWhatIs(string word, string complaint) =>
        Assert.That(Read(word).Complaints, Has.One.Contains(complaint));

    [TestCase("--lisen", "flag provided but not defined: --lisen (did you mean --listen?)")]
    [TestCase("-lsiten=x", "flag provided but not defined: --lsiten (did you mean --listen?)")]
    [TestCase("--bogus", "flag provided but not defined: --bogus (planb --help lists all flags)")]
    [TestCase("--LISTEN", "flag provided but not defined: --LISTEN")]
    [TestCase("-lv", "flag provided but not defined: --lv")]
    [TestCase("-l:v", "flag provided but not defined: --l:v")]
    [TestCase("--unrelated=x", "flag provided but not defined: --unrelated")]
    public void UnknownFlag_IsRefused(string word, string complaint) =>
        Assert.That(Read(word).Complaints, Has.One.Contains(complaint));

    [TestCase("---listen")]
    [TestCase("--=x")]
    [TestCase("-=x")]
    public void WhatOnlyLooksLikeAFlag_IsRefused(string word) =>
        Assert.That(Read(word).Complaints, Has.One.Contains($"bad flag syntax: {word}"));

    [Test]
    public void EverythingWrong_IsToldAtOnce() =>
        Assert.That(Read("--bogus", "x", "--number", "y", "-=", "--wait=1", "-l").Complaints, Has.Count.EqualTo(5));

    [Test]
    public void LineBreakInAValue_DoesNotBreakTheComplaint() =>
        Assert.That(Read("--number=1\n2").Complaints, Has.One.Contains("\"1\\x0A2\""));

    private static void AssertNormalised(string[] typed, params string[] expected)
    {
        var (arguments, complaints) = Read(typed);
        Assert.That(complaints, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(expected));
        Assert.That(arguments.Words, Is.Empty);
    }

    private static (GoArguments Arguments, IReadOnlyList<string> Complaints) Read(params string[] typed)
    {
        var complaints = new Complaints();
        return (GoArguments.Read(typed, FlagTable.Of(new SampleFlags()), complaints), complaints.Lines);
    }
}
