namespace Proxy.Host.CommandLine;

/// <summary>
/// Which flags were not typed but given by a variable of the environment, so that a message names what the operator
/// wrote, and not a flag that is nowhere to be found.
/// </summary>
internal sealed class ValueSources
{
    private readonly Dictionary<string, string> _variables = [];

    /// <summary>The flag of that long name was given by that variable.</summary>
    public void Add(string flag, string variable) => _variables[flag] = variable;

    /// <summary>How a message calls the flag: <c>flag --listen</c> or <c>PLANB_LISTEN</c>.</summary>
    public string NameOf(string flag) => _variables.TryGetValue(flag, out var variable) ? variable : $"flag --{flag}";

    /// <summary>A message that names flags as if they had been typed, with the variables in their place.</summary>
    public string Reword(string message)
    {
        foreach (var (flag, variable) in _variables) message = Replaced(message, "--" + flag, variable);
        return message;
    }

    // A flag's name may be the beginning of another one's.
    private static string Replaced(string text, string name, string by)
    {
        for (var at = Find(text, name, 0); at >= 0; at = Find(text, name, at + by.Length))
            text = string.Concat(text.AsSpan(0, at), by, text.AsSpan(at + name.Length));
        return text;
    }

    private static int Find(string text, string name, int from)
    {
        var at = text.IndexOf(name, from, StringComparison.Ordinal);
        while (at >= 0 && at + name.Length < text.Length && IsOfName(text[at + name.Length]))
            at = text.IndexOf(name, at + 1, StringComparison.Ordinal);
        return at;
    }

    private static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character == '-';
}
