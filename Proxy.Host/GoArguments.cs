namespace Proxy.Host;

/// <summary>
/// The command line read by the rules of Go's flags, and put into the one form that CommandLineParser reads
/// without surprises: <c>--name=value</c>, each flag once, every value checked and in plain spelling.
/// <c>-name v</c>, <c>--name v</c>, <c>-name=v</c> and <c>--name=v</c> are the same; the last of several wins;
/// flags end at the first word that is none, or at <c>--</c>.
/// </summary>
internal sealed class GoArguments
{
    private readonly IReadOnlyList<string> _typed;
    private readonly FlagTable _table;
    private readonly Complaints _complaints;
    private readonly Dictionary<Flag, string> _values = [];
    private readonly Dictionary<Flag, string> _spelling = [];
    private int _next;

    private GoArguments(IReadOnlyList<string> typed, FlagTable table, Complaints complaints)
    {
        _typed = typed;
        _table = table;
        _complaints = complaints;
    }

    /// <summary>What was typed for each flag, in plain spelling.</summary>
    public IReadOnlyDictionary<Flag, string> Values => _values;

    /// <summary><c>--name=value</c>, in the order of the table.</summary>
    public IReadOnlyList<string> Normalised =>
        [.. _table.Flags.Where(_values.ContainsKey).Select(flag => $"--{flag.Name}={_values[flag]}")];

    /// <summary>Whether the switch of that name was typed and is on.</summary>
    public bool Asks(string name) =>
        _table.TryFind(name, out var flag) && _values.GetValueOrDefault(flag) == "true";

    /// <summary>What follows the flags, beginning with a word that is none.</summary>
    public IReadOnlyList<string> Words => [.. _typed.Skip(_next)];

    public static GoArguments Read(IReadOnlyList<string> typed, FlagTable table, Complaints complaints)
    {
        var arguments = new GoArguments(typed, table, complaints);
        while (arguments.TryTakeFlag()) { }
        return arguments;
    }

    private bool TryTakeFlag()
    {
        if (_next == _typed.Count || !IsFlag(_typed[_next])) return false;
        var word = _typed[_next++];
        if (word == "--") return false;

        var text = word.AsSpan(word.StartsWith("--", StringComparison.Ordinal) ? 2 : 1);
        if (text[0] is '-' or '=')
        {
            _complaints.Add($"bad flag syntax: {word} (a flag is --name, --name value or --name=value)");
            return true;
        }

        var equals = text.IndexOf('=');
        var name = (equals < 0 ? text : text[..equals]).ToString();
        var value = equals < 0 ? null : text[(equals + 1)..].ToString();
        if (_table.TryFind(name, out var flag)) Take(flag, name, value);
        else ComplainOfUnknown(name, value);
        return true;
    }

    private static bool IsFlag(string word) => word.Length > 1 && word[0] == '-';

    private void Take(Flag flag, string name, string? value)
    {
        if (_spelling.TryAdd(flag, name) is false && _spelling[flag] != name)
            _complaints.Add($"Cannot use two forms of the same flag: {flag.Letter} {flag.Name}");

        value ??= flag.Kind is FlagKind.Switch ? "true" : TakeWord();
        if (value is null)
            _complaints.Add($"flag needs an argument: --{flag.Name} {flag.Value}");
        else if (flag.Normalise(value) is { } normal)
            _values[flag] = normal;
        else
            _complaints.Invalid(flag.Name, value, flag.Allowed + flag.Suggestion(value));
    }

    // Whatever it is: Go does not look at it either.
    private string? TakeWord() => _next < _typed.Count ? _typed[_next++] : null;

    private void ComplainOfUnknown(string name, string? value)
    {
        var nearest = _table.Nearest(name);
        var advice = nearest is null ? " (planb --help lists all flags)" : $" (did you mean --{nearest}?)";
        _complaints.Add($"flag provided but not defined: --{name}{advice}");

        // Nothing will be started any more: a word that looks like its value is passed over, to find all that is wrong.
        if (value is null && _next < _typed.Count && !IsFlag(_typed[_next])) _next++;
    }
}
