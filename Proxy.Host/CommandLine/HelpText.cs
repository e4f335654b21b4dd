using System.Text;
using Proxy.Host.Commands;

namespace Proxy.Host.CommandLine;

/// <summary>The text of <c>planb --help</c>, from the tables of commands and of flags.</summary>
internal static class HelpText
{
    private const int Width = 80;
    private const string Indent = "        ";

    // A space at which no line is broken: a default stays in one piece.
    private const char NoBreak = '\u00a0';

    public static string Of(FlagTable table)
    {
        var text = new StringBuilder();
        text.Append("""
            planb - http and websockets reverse proxy


            """);
        AppendCommands(text);
        text.Append("""

            Routes are read from Redis: the list frontend:HOST holds a name, followed by
            the URLs of the backends. A flag is -name VALUE, --name VALUE or --name=VALUE.
            If a flag is given twice, the last one counts. Unknown words are rejected.
            A TIME is a number with a unit: 300ms, 1.5s, 1m30s, 2h45m. A number alone is
            seconds (milliseconds for --flush-interval).
            Each flag has an environment variable: PLANB_LISTEN is --listen, and
            PLANB_READ_REDIS_PASSWORD_FILE names a file that holds the password. A flag
            takes precedence over its variable.

            """);
        foreach (var group in table.Flags.GroupBy(flag => flag.Group).OrderBy(group => group.Key))
        {
            text.Append('\n').Append(Heading(group.Key)).Append(":\n");
            foreach (var flag in group) AppendFlag(text, flag);
        }

        return text.ToString();
    }

    private static void AppendCommands(StringBuilder text)
    {
        var width = CommandTable.All.Max(command => command.Usage.Length);
        var before = "Usage: ";
        foreach (var command in CommandTable.All)
        {
            text.Append($"{before}{command.Usage.PadRight(width)}   {command.Summary}\n");
            before = new string(' ', before.Length);
        }
    }

    private static string Heading(FlagGroup group) => group switch
    {
        FlagGroup.Listen => "Listen",
        FlagGroup.Tls => "TLS",
        FlagGroup.Redis => "Redis",
        FlagGroup.Timeouts => "Timeouts",
        FlagGroup.Routing => "Routing",
        FlagGroup.Logs => "Logs",
        _ => "Other",
    };

    private static void AppendFlag(StringBuilder text, Flag flag)
    {
        var letter = flag.Letter is null ? "    " : $"-{flag.Letter}, ";
        text.Append($"  {letter}--{flag.Name} {flag.Value}".TrimEnd()).Append('\n');
        AppendWrapped(text, flag.Help + DefaultOf(flag));
    }

    private static string DefaultOf(Flag flag)
    {
        if (flag.Default.Length == 0 && flag.Kind is FlagKind.Switch) return "";
        var value = flag.Default.Length == 0 ? "none" : $"{flag.Default} {flag.Unit}".TrimEnd();
        return $" (default: {value})".Replace(": ", $":{NoBreak}", StringComparison.Ordinal);
    }

    private static void AppendWrapped(StringBuilder text, string sentence)
    {
        var line = new StringBuilder(Indent);
        foreach (var word in sentence.Split(' '))
        {
            if (line.Length > Indent.Length && line.Length + 1 + word.Length > Width)
            {
                text.Append(line.Replace(NoBreak, ' ')).Append('\n');
                line.Clear().Append(Indent);
            }

            if (line.Length > Indent.Length) line.Append(' ');
            line.Append(word);
        }

        text.Append(line.Replace(NoBreak, ' ')).Append('\n');
    }
}
