using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Host.Demo;
using Proxy.Tests.Tidy;

namespace Proxy.Tests.Program;

/// <summary>The command lines and variables of packaging/docker/compose.yml are those of the program.</summary>
public sealed partial class ComposeTests
{
    private const string Image = "    image: planb\n";

    private static IEnumerable<string[]> Commands() =>
        from Match command in Command().Matches(Repository.Read("packaging/docker/compose.yml"))
        select JsonSerializer.Deserialize<string[]>(command.Groups["words"].Value)!;

    private static IEnumerable<string> Variables() =>
        from Match variable in Variable().Matches(Repository.Read("packaging/docker/compose.yml"))
        select variable.Value;

    [Test]
    public void Commands_AreThreeOfTheProgram() =>
        Assert.That(Commands().Count(), Is.EqualTo(3));

    [TestCaseSource(nameof(Commands))]
    public void Command_IsUnderstood(params string[] words)
    {
        var errors = new FlagErrors();
        if (words is ["demo", "backend", .. var rest])
            GoStyleArguments.Read(rest, FlagTable.Of(new BackendFlags()), errors);
        else
            Assert.That(Invocation.Read(words).Errors, Is.Empty);
        Assert.That(errors.Any, Is.False);
    }

    [TestCaseSource(nameof(Variables))]
    public void Variable_IsThatOfAFlag(string name) =>
        Assert.That(FlagTable.Of(new Flags()).Flags.Select(flag => flag.Variable), Does.Contain(name));

    [GeneratedRegex(Image + @"    command: (?<words>\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("PLANB_[A-Z_]+")]
    private static partial Regex Variable();
}
