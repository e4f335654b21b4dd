using System.Text;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Fixtures.Readme;

/// <summary>The section OPTIONS of docs/planb.8, made from the table of flags, in man(7) macros.</summary>
internal static class ManPage
{
    public const string Begin = ".SH OPTIONS\n";
    public const string End = ".SH ENVIRONMENT\n";

    /// <summary>Returns what stands between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public static string OptionsOf(FlagTable table)
    {
        var text = new StringBuilder();
        foreach (var group in RedisTwins.Without(table).GroupBy(flag => flag.Group))
        {
            text.Append($".SS {Heading(group.Key)}\n");
            foreach (var flag in group) Append(text, flag);
            if (group.Key == FlagGroup.Redis) AppendTwins(text, table);
        }

        return text.ToString();
    }

    private static string Heading(FlagGroup group) => group == FlagGroup.Tls ? "TLS" : group.ToString();

    private static void Append(StringBuilder text, Flag flag)
    {
        var letter = flag.Letter is null ? "" : $"\\fB\\-{flag.Letter}\\fR, ";
        var value = flag.Value.Length == 0 ? "" : $" \\fI{Escaped(flag.Value)}\\fR";
        text.Append($".TP\n{letter}\\fB\\-\\-{Escaped(flag.Name)}\\fR{value}\n");
        foreach (var sentence in Sentences(flag.Help)) text.Append(Escaped(sentence)).Append('\n');
        if (flag.IsQuestion) return;
        var byDefault = flag.Default.Length == 0 ? "none" : $"{flag.Default} {flag.Unit}".TrimEnd();
        text.Append($"Default: {Escaped(byDefault)}.\n");
    }

    private static void AppendTwins(StringBuilder text, FlagTable table)
    {
        var names = RedisTwins.NamesOf(table).Select(name => $"\\fB{Escaped("--" + name)}\\fR");
        text.Append($".TP\n{string.Join(", ", names)}\n");
        foreach (var sentence in Sentences(RedisTwins.Help)) text.Append(Escaped(sentence)).Append('\n');
    }

    // A sentence a line, as troff likes it: it knows by that where to leave more room.
    private static IEnumerable<string> Sentences(string help) =>
        help.Replace(". ", ".\n", StringComparison.Ordinal).Split('\n');

    private static string Escaped(string text)
    {
        text = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return text.StartsWith('.') || text.StartsWith('\'') ? "\\&" + text : text;
    }
}
