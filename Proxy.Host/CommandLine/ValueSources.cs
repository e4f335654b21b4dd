namespace Proxy.Host.CommandLine;

/// <summary>
/// The flags that came from environment variables, so that a message names the variable that the operator has set, and
/// not a flag that was never typed.
/// </summary>
internal sealed class ValueSources
{
    private readonly Dictionary<string, string> _variables = [];

    /// <summary>Records the variable of a flag.</summary>
    public void Add(string flag, string variable) => _variables[flag] = variable;

    /// <summary>Returns the name of a flag in a message: <c>flag --listen</c> or <c>PLANB_LISTEN</c>.</summary>
    public string NameOf(string flag) => _variables.TryGetValue(flag, out var variable) ? variable : $"flag --{flag}";

    /// <summary>Returns a message with its flags replaced by the variables that they came from.</summary>
    public string Reword(string message)
    {
        foreach (var (flag, variable) in _variables) message = Replaced(message, "--" + flag, variable);
        return message;
    }

    // The name of a flag may be the beginning of another name.
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
