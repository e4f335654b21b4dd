namespace Proxy.Host.CommandLine;

/// <summary>Everything that is wrong with a command line, one line each, so that it is told at once.</summary>
internal sealed class FlagErrors
{
    private readonly List<string> _lines = [];

    /// <summary>Where flags came from that were not typed.</summary>
    public ValueSources Origins { get; } = new();

    public bool Any => _lines.Count > 0;

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The value of a flag is not what it must be.</summary>
    /// <param name="flag">The long name, without dashes.</param>
    /// <param name="value">What was typed.</param>
    /// <param name="allowed">What follows "must be".</param>
    public void Invalid(string flag, string value, string allowed) =>
        Add($"invalid value \"{value}\" for {Origins.NameOf(flag)}: must be {allowed}");

    /// <summary>Anything else; the text names the flag itself.</summary>
    public void Add(string text)
    {
        var line = Line(Origins.Reword(text));
        if (!_lines.Contains(line)) _lines.Add(line);
    }

    /// <summary>The text as planb says it: one line, whatever was typed.</summary>
    public static string Line(string text) => "planb: " + string.Concat(text.Select(Printable));

    private static string Printable(char character) =>
        char.IsControl(character) ? $"\\x{(int)character:X2}" : character.ToString();
}
