using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Host;

namespace Proxy.Tests.Host.CommandLine;

public class GoStyleArgumentsTests
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

    [TestCase("false", "false")]
    [TestCase("true", "true")]
    [TestCase("0", "false")]
    [TestCase("T", "true")]
    [TestCase("On", "true")]
    [TestCase("no", "false")]
    public void SwitchWithItsValueBehindIt_IsRefusedAndNothingIsDropped(string word, string meant)
    {
        var (arguments, errors) = Read("--cache", word, "-n", "5");
        Assert.That(errors, Has.One.Contains($"unexpected \"{word}\" after --cache"));
        Assert.That(errors, Has.One.Contains($"(did you mean --cache={meant}?)"));
        Assert.That(arguments.Normalised, Does.Contain("--number=5"));
        Assert.That(arguments.Words, Is.Empty);
    }

    [Test]
    public void SwitchBeforeAnyOtherWord_LeavesItAlone() =>
        Assert.That(Read("--cache", ":80").Arguments.Words.Single().Text, Is.EqualTo(":80"));

    [TestCase("--cache=yes")]
    [TestCase("--cache=")]
    [TestCase("--cache=tRUE")]
    [TestCase("--cache=2")]
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

    [TestCase("-l", "")]
    [TestCase("-l", "-")]
    [TestCase("-l", "=")]
    [TestCase("--wait", "-1s")]
    [TestCase("--wait", "-.5s")]
    public void FlagWithoutValue_TakesTheNextWord(string flag, string word)
    {
        var (arguments, errors) = Read(flag, word);
        Assert.That(errors, Is.Empty);
        Assert.That(arguments.Values.Values, Is.EqualTo([word]));
    }

    [TestCase("-n")]
    [TestCase("-n=5")]
    [TestCase("--cache")]
    [TestCase("--cahce")]
    [TestCase("-cache")]
    [TestCase("---")]
    [TestCase("--")]
    public void ForgottenValue_IsReportedAndTheNextFlagIsNotTakenForIt(string next)
    {
        var errors = Read("-l", next, "--shape", "round").Complaints;
        Assert.That(errors[0], Does.StartWith(
            $"planb: flag needs an argument: --listen ADDRESS, but {next.Split('=')[0]} follows"));
    }

    [Test]
    public void ValueThatBeginsWithADash_IsGivenBehindAnEqualsSign() =>
        AssertNormalised(["--listen=--cache"], "--listen=--cache");

    [TestCase("-secret")]
    [TestCase("--secret")]
    public void PasswordThatBeginsWithADash_IsTaken(string word) =>
        Assert.That(Read("--word", word).Arguments.Values.Values, Is.EqualTo([word]));

    [Test]
    public void ForgottenPassword_IsReported() => Assert.That(
        Read("--word", "--listen", ":1").Complaints.Single(),
        Does.StartWith("planb: flag needs an argument: --word TEXT, but --listen follows"));

    [TestCase("-l")]
    [TestCase("--listen")]
    [TestCase("--number")]
    public void LastFlagWithoutItsValue_IsRefused(string word) =>
        Assert.That(Read("--cache", word).Complaints, Has.One.StartsWith("planb: flag needs an argument: --"));

    [TestCase("stray")]
    [TestCase("-")]
    [TestCase("")]
    [TestCase("=")]
    public void WordThatIsNoFlag_DropsNothingBehindIt(string word)
    {
        var (arguments, errors) = Read("-l", "a", word, "--bogus", "-l", "b");
        Assert.That(errors, Has.One.Contains("--bogus"));
        Assert.That(arguments.Normalised, Is.EqualTo(["--listen=b"]));
        Assert.That(arguments.Words.Select(stray => stray.Text), Is.EqualTo([word]));
    }

    [Test]
    public void TwoDashes_EndTheFlags()
    {
        var (arguments, errors) = Read("-l", "a", "--", "--bogus", "-l");
        Assert.That(errors, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(["--listen=a"]));
        Assert.That(arguments.Words.Select(stray => stray.Text), Is.EqualTo(["--bogus", "-l"]));
        Assert.That(arguments.Words, Has.All.Property(nameof(UnexpectedArgument.IsBehindDashes)).True);
    }

    [Test]
    public void TwoDashesAtTheEnd_MeanNothing() => AssertNormalised(["-l", "a", "--"], "--listen=a");

    [Test]
    public void NoArguments_AreNoFlagsAndNoWords()
    {
        var (arguments, errors) = Read();
        Assert.That(errors, Is.Empty);
        Assert.That(arguments.Normalised, Is.Empty);
        Assert.That(arguments.Words, Is.Empty);
    }

    [TestCase("--number=0x1e", "--number=30")]
    [TestCase("--number=036", "--number=30")]
    [TestCase("--number=1_0", "--number=10")]
    [TestCase("--wait=1m30s", "--wait=1m30s")]
    [TestCase("--wait=5", "--wait=5s")]
    [TestCase("--wait=-5", "--wait=-5s")]
    [TestCase("--wait=0x1e", "--wait=30s")]
    [TestCase("--wait=1.5", "--wait=1.5s")]
    [TestCase("--short=20", "--short=20ms")]
    [TestCase("--short=20s", "--short=20s")]
    [TestCase("--shape=square", "--shape=square")]
    [TestCase("--listen==a=b", "--listen==a=b")]
    [TestCase("--listen=", "--listen=")]
    public void Value_IsPutIntoPlainSpelling(string word, string expected) => AssertNormalised([word], expected);

    [TestCase("--number=1s", "invalid value \"1s\" for flag --number: must be a whole number of seconds, 0 or more")]
    [TestCase("--number=-1", "invalid value \"-1\" for flag --number: must be a whole number of seconds, 0 or more")]
    [TestCase("--wait=soon", "invalid value \"soon\" for flag --wait: must be a time such as 30s, 1m30s or 300ms")]
    [TestCase("--wait=soon", "(units: ns, us, ms, s, m, h; a number alone is seconds)")]
    [TestCase("--short=soon", "a number alone is milliseconds), 0 or more")]
    [TestCase("--short=-1", "invalid value \"-1\" for flag --short: must be a time")]
    [TestCase("--cache=yes", "must be true or false (did you mean true?)")]
    [TestCase("--shape=oval", "invalid value \"oval\" for flag --shape: must be round or square")]
    [TestCase("--shape=sqare", "must be round or square (did you mean square?)")]
    [TestCase("--shape=", "invalid value \"\" for flag --shape: must be round or square")]
    public void ValueNotAllowed_IsRefusedWithWhatIs(string word, string complaint) =>
        Assert.That(Read(word).Complaints, Has.One.Contains(complaint));

    [TestCase("--lisen", "flag provided but not defined: --lisen (did you mean --listen?)")]
    [TestCase("-lsiten=x", "flag provided but not defined: --lsiten (did you mean --listen?)")]
    [TestCase("--bogus", "flag provided but not defined: --bogus (planb --help lists all flags)")]
    [TestCase("--LISTEN", "flag provided but not defined: --LISTEN")]
    [TestCase("-ck", "flag provided but not defined: --ck (planb --help lists all flags)")]
    [TestCase("--listen :80", "a flag and its value are two words: did you mean --listen=:80?")]
    [TestCase("-cx", "flag provided but not defined: --cx (did you mean -c -x?)")]
    [TestCase("-l:80", "flag provided but not defined: --l:80 (did you mean -l :80?)")]
    [TestCase("--unrelated=x", "flag provided but not defined: --unrelated")]
    public void UnknownFlag_IsRefused(string word, string complaint) =>
        Assert.That(Read(word).Complaints, Has.One.Contains(complaint));

    [TestCase("---listen")]
    [TestCase("--=x")]
    [TestCase("-=x")]
    public void WhatOnlyLooksLikeAFlag_IsRefused(string word) =>
        Assert.That(Read(word).Complaints, Has.One.Contains($"bad flag syntax: {word}"));

    [Test]
    public void EverythingWrong_IsReportedAtOnce() =>
        Assert.That(Read("--bogus", "x", "--number", "y", "-=", "--wait=a", "-l").Complaints, Has.Count.EqualTo(5));

    [Test]
    public void LineBreakInAValue_DoesNotBreakTheComplaint() =>
        Assert.That(Read("--number=1\n2").Complaints, Has.One.Contains("\"1\\x0A2\""));

    private static void AssertNormalised(string[] typed, params string[] expected)
    {
        var (arguments, errors) = Read(typed);
        Assert.That(errors, Is.Empty);
        Assert.That(arguments.Normalised, Is.EqualTo(expected));
        Assert.That(arguments.Words, Is.Empty);
    }

    private static (GoStyleArguments Arguments, IReadOnlyList<string> Complaints) Read(params string[] typed)
    {
        var errors = new FlagErrors();
        return (GoStyleArguments.Read(typed, FlagTable.Of(new SampleFlags()), errors), errors.Lines);
    }
}
