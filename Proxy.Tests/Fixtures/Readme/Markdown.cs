using Proxy.Tests.Tidy;

namespace Proxy.Tests.Fixtures.Readme;

/// <summary>The parts of README.md and of docs/ that tests compare with the program.</summary>
internal static class Markdown
{
    private const string Readme = "README.md";
    private const string Fence = "```";

    /// <summary>Returns the commands of all fenced <c>sh</c> blocks of the README in their order.</summary>
    public static IEnumerable<string> Commands() =>
        BlocksOf(LinesOf(Readme)).SelectMany(block => block.Commands.Split('\n'));

    /// <summary>Returns the <c>sh</c> blocks under a heading of the README.</summary>
    public static IReadOnlyList<Block> BlocksUnder(string heading) => [.. BlocksOf(Under(LinesOf(Readme), heading))];

    /// <summary>Returns the cells of the rows of the tables under a heading, without the column headings.</summary>
    public static IEnumerable<string[]> TableUnder(string path, string heading) =>
        Under(LinesOf(path), heading)
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());

    private static string[] LinesOf(string path) => Repository.Read(path).Split('\n');

    private static IEnumerable<string> Under(string[] lines, string heading) =>
        lines.SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));

    private static IEnumerable<Block> BlocksOf(IEnumerable<string> lines)
    {
        var commands = default(string);
        var fenced = default(List<string>);
        var language = "";
        foreach (var line in lines)
        {
            if (fenced is not null && line != Fence)
            {
                fenced.Add(line);
            }
            else if (fenced is not null)
            {
                if (language == "text" && commands is not null) yield return new Block(commands, fenced);
                else if (commands is not null) yield return new Block(commands, []);
                commands = language == "sh" ? string.Join('\n', fenced) : null;
                fenced = null;
            }
            else if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                (fenced, language) = ([], line[Fence.Length..]);
            }
        }

        if (commands is not null) yield return new Block(commands, []);
    }

    /// <summary>Commands, and the lines of the <c>text</c> block that follows them.</summary>
    public sealed record Block(string Commands, IReadOnlyList<string> Output);
}
