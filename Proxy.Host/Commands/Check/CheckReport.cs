using System.Text;
using Proxy.Host.CommandLine;

namespace Proxy.Host.Commands.Check;

/// <summary>The output of <c>planb check</c>: settings and findings as lines.</summary>
/// <param name="values">Every flag with its value and origin.</param>
internal sealed class CheckReport(IReadOnlyList<FlagValue> values)
{
    private const string Masked = "********";
    private const string Indent = "         ";
    private const int ValueColumns = 24;

    /// <summary>Returns a line per flag: name, value, origin. Passwords are masked.</summary>
    public string Values()
    {
        var shown = values.Where(value => !value.Flag.IsQuestion).ToList();
        var width = shown.Max(value => value.Flag.Name.Length);
        var text = new StringBuilder();
        foreach (var value in shown)
        {
            var name = ("--" + value.Flag.Name).PadRight(width + 2);
            text.Append($"{name}  {Shown(value).PadRight(ValueColumns)}  {value.Origin}\n");
        }

        return text.ToString();
    }

    /// <summary>Returns a finding; unless it is fine, with the origin of its settings and with advice.</summary>
    public string Lines(Finding finding)
    {
        var text = new StringBuilder();
        text.Append(NameOf(finding.Severity).PadRight(Indent.Length)).Append(finding.Text).Append('\n');
        if (finding.Severity == Severity.Fine) return Printable(text);
        var sources = values.Where(value => finding.Flags.Contains(value.Flag.Name)).ToList();
        if (sources.Count > 0) text.Append($"{Indent}from: {string.Join(", ", sources.Select(Source))}\n");
        if (finding.Advice.Length > 0) text.Append($"{Indent}do: {finding.Advice}\n");
        return Printable(text);
    }

    private static string NameOf(Severity severity) => severity switch
    {
        Severity.Fine => "ok",
        Severity.Warning => "warning",
        _ => "problem",
    };

    private static string Source(FlagValue value) => $"--{value.Flag.Name} {Shown(value)} ({value.Origin})";

    private static string Shown(FlagValue value) =>
        value.Value.Length == 0 ? "none"
        : value.Flag.IsSecret ? Masked
        : Printable(new StringBuilder($"{value.Value} {value.Flag.Unit}".TrimEnd()));

    private static string Printable(StringBuilder text) => string.Concat(
        text.ToString().Select(it => it != '\n' && char.IsControl(it) ? $"\\x{(int)it:X2}" : it.ToString()));
}
