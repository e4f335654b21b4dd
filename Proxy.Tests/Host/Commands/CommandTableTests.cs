using NUnit.Framework;
using Proxy.Host.CommandLine;
using Proxy.Host.Commands;

namespace Proxy.Tests.Host.Commands;

/// <summary>The rows of the table of commands.</summary>
public sealed class CommandTableTests
{
    [Test]
    public void Words_SelectOneCommand()
    {
        var words = CommandTable.All.SelectMany(command => (string[])[command.Name, command.Alias])
            .Where(word => word.Length > 0).ToArray();
        Assert.That(words, Is.Unique);
        Assert.That(words.Select(CommandTable.Find), Has.None.Null);
        Assert.That(CommandTable.Find(""), Is.Null, "the proxy needs no word");
    }

    [Test]
    public void EveryCommand_IsInTheHelp()
    {
        var help = HelpText.Of(FlagTable.Of(new Flags()));
        foreach (var command in CommandTable.All)
            Assert.That(help, Does.Match($@"(?m)^(Usage:)? +{command.Usage.Replace("[", @"\[")} +{command.Summary}$"));
    }

    [Test]
    public void EveryCommand_RunsInOneWay()
    {
        foreach (var command in CommandTable.All.Where(command => command != CommandTable.Help))
            Assert.That(command.Run is null, Is.Not.EqualTo(command.RunOnWords is null), command.Usage);
    }
}
