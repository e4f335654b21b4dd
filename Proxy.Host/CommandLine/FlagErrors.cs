namespace Proxy.Host.CommandLine;

/// <summary>The errors of a command line, one line each, so that all are reported at once.</summary>
internal sealed class FlagErrors
{
    private readonly List<string> _lines = [];

    /// <summary>The sources of flags that were not typed.</summary>
    public ValueSources Origins { get; } = new();

    public bool Any => _lines.Count > 0;

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds the error of an invalid value.</summary>
    /// <param name="flag">The long name, without dashes.</param>
    /// <param name="value">What was typed.</param>
    /// <param name="allowed">What follows "must be".</param>
    public void Invalid(string flag, string value, string allowed) =>
        Add($"invalid value \"{value}\" for {Origins.NameOf(flag)}: must be {allowed}");

    /// <summary>Adds any other error; the text contains the flag.</summary>
    public void Add(string text)
    {
        var line = Line(Origins.Reword(text));
        if (!_lines.Contains(line)) _lines.Add(line);
    }

    /// <summary>Returns a text as an error line of planb; control characters are escaped.</summary>
    public static string Line(string text) => "planb: " + string.Concat(text.Select(Printable));

    private static string Printable(char character) =>
        char.IsControl(character) ? $"\\x{(int)character:X2}" : character.ToString();
}
