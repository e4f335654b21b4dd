using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Readme;

/// <summary>docs/planb.8 as written by hand; its section OPTIONS is generated (GeneratedFileTests).</summary>
public sealed class ManPageTests
{
    private static readonly string Page = Repository.Read("docs/planb.8");
    private static readonly FlagTable Table = FlagTable.Of(new Flags());

    [Test]
    public async Task Version_IsThatOfTheProgram()
    {
        var (exitCode, version, _) = await PlanbProcess.RunAsync("--version");
        Assert.That((exitCode, version), Is.EqualTo((0, "planb version 1.0.0\n")));
        Assert.That(Page, Does.Contain("\"planb 1.0.0\""));
    }

    [TestCase("planb check")]
    [TestCase("planb demo")]
    [TestCase("PLANB_LISTEN")]
    [TestCase("PLANB_READ_REDIS_PASSWORD_FILE")]
    public void WhatIsNoFlag_IsInHelpAndManPage(string words)
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
        // What a linter of troff reports first: unknown macros, and spaces at the end of a line.
        string[] macros = ["TH", "SH", "SS", "TP", "PP", "B", "I", "BR", "nf", "fi"];
        foreach (var line in Page.Split('\n')[..^1])
        {
            Assert.That(line, Is.Not.Empty.And.Not.EndsWith(" "));
            if (line.StartsWith('.') && !line.StartsWith(".\\\"", StringComparison.Ordinal))
                Assert.That(macros, Does.Contain(line[1..].Split(' ')[0]), line);
        }
    }
}
