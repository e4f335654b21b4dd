using System.Text.RegularExpressions;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Programs;
using Proxy.Tests.Fixtures.Readme;

namespace Proxy.Tests.Readme;

/// <summary>The README's flags are those of <c>--help</c>, with the same short forms and defaults.</summary>
public sealed partial class FlagTableTests
{
    [Test]
    public async Task ReadmesFlags_AreThoseOfHelp()
    {
        var (exitCode, help, _) = await PlanbProcess.RunAsync("--help");
        var told = FlagsOfHelp(help).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero);
            Assert.That(told, Is.Not.Empty);
            Assert.That(FlagsOfReadme().Order(), Is.EqualTo(told.Order()));
        });
    }

    [Test]
    public async Task Version_IsThatOfTheBuild()
    {
        var (exitCode, version, _) = await PlanbProcess.RunAsync("--version");
        Assert.That((exitCode, version), Is.EqualTo((0, "planb version 1.0.0\n")));
    }

    // "name letter default" of each flag.
    private static IEnumerable<string> FlagsOfReadme() =>
        from cells in Markdown.TableUnder("## Flags")
        let names = cells[0].Replace("`", "", StringComparison.Ordinal).Split(", ")
        let letter = names.Length > 1 ? names[1].TrimStart('-') : ""
        select $"{names[0].TrimStart('-')} {letter} {cells[1].Replace("`", "", StringComparison.Ordinal)}";

    private static IEnumerable<string> FlagsOfHelp(string help) =>
        from Match flag in HelpEntry().Matches(help)
        let words = Regex.Replace(flag.Groups["text"].Value, @"\s+", " ")
        let byDefault = Regex.Match(words, @"\(default: (?<value>.*)\)").Groups["value"].Value
        select $"{flag.Groups["name"].Value} {flag.Groups["letter"].Value} {byDefault}";

    // An entry is its names at the left and, further in, its text.
    [GeneratedRegex(
        @"^  (-(?<letter>\w), |    )--(?<name>[\w-]+)[^\n]*\n(?<text>(        [^\n]*\n)+)", RegexOptions.Multiline)]
    private static partial Regex HelpEntry();
}
