using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Readme;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>docs/planb.8 tells the flags of <c>--help</c>, each with its text and its default.</summary>
public sealed class ManPageTests
{
    private static readonly string Page = Repository.Read("docs/planb.8");
    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    [Test]
    public async Task Options_AreThoseOfHelp()
    {
        var wanted = ManPage.OptionsOf(Table);
        var told = Page[(Page.IndexOf(ManPage.Begin, StringComparison.Ordinal) + ManPage.Begin.Length)..
            Page.IndexOf(ManPage.End, StringComparison.Ordinal)];
        if (told == wanted) return;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, wanted);
        var lines = wanted.Split('\n').Except(told.Split('\n'));
        Assert.Fail($"The section OPTIONS should be as in {file}. It lacks:\n{string.Join('\n', lines)}");
    }

    [TestCase("planb check")]
    [TestCase("planb demo")]
    [TestCase("PLANB_LISTEN")]
    [TestCase("PLANB_READ_REDIS_PASSWORD_FILE")]
    public void WhatIsNoFlag_IsToldInBoth(string words)
    {
        Assert.That(HelpText.Of(Table), Does.Contain(words));
        Assert.That(Page, Does.Contain(words));
    }

    [TestCase("NAME")]
    [TestCase("SYNOPSIS")]
    [TestCase("DESCRIPTION")]
    [TestCase("OPTIONS")]
    [TestCase("ENVIRONMENT")]
    [TestCase("SIGNALS")]
    [TestCase("FILES")]
    [TestCase("EXIT STATUS")]
    [TestCase("EXAMPLES")]
    [TestCase("SEE ALSO")]
    public void Section_IsThere(string name) =>
        Assert.That(Page, Does.Contain($"\n.SH {name}\n"));

    [Test]
    public void Lines_AreForTroff()
    {
        // A macro that is not known, or a blank at the end, is what lint complains of first.
        string[] macros = ["TH", "SH", "SS", "TP", "PP", "B", "I", "BR", "nf", "fi"];
        foreach (var line in Page.Split('\n')[..^1])
        {
            Assert.That(line, Is.Not.Empty.And.Not.EndsWith(" "));
            if (line.StartsWith('.') && !line.StartsWith(".\\\"", StringComparison.Ordinal))
                Assert.That(macros, Does.Contain(line[1..].Split(' ')[0]), line);
        }
    }
}
