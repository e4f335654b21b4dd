using Proxy.Tests.Tidy;

namespace Proxy.Tests.Fixtures.Readme;

/// <summary>The parts of README.md and of docs/ that can be wrong without anybody noticing.</summary>
internal static class Markdown
{
    private static readonly string[] Lines = LinesOf("README.md");

    /// <summary>The commands of all fenced <c>sh</c> blocks in their order, without comments.</summary>
    public static IReadOnlyList<string> Commands()
    {
        var commands = new List<string>();
        var isShell = false;
        foreach (var line in Lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isShell = line == "```sh";
            else if (isShell && line.Length > 0) commands.Add(line.Split(" # ")[0].Trim());
        }

        return commands;
    }

    /// <summary>The cells of the tables' rows under a heading, headings of the columns left out.</summary>
    public static IEnumerable<string[]> TableUnder(string heading) => TableUnder(Lines, heading);

    /// <summary>The same of another file.</summary>
    public static IEnumerable<string[]> TableUnder(string path, string heading) => TableUnder(LinesOf(path), heading);

    private static string[] LinesOf(string path) => Repository.Read(path).Split('\n');

    private static IEnumerable<string[]> TableUnder(string[] lines, string heading) =>
        lines.SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
}
