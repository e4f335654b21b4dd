namespace Proxy.Host.CommandLine;

/// <summary>
/// A command line read by the rules of Go flags, and normalised for CommandLineParser: <c>--name=value</c>, each flag
/// once, every value checked and in plain spelling. <c>-name v</c>, <c>--name v</c>, <c>-name=v</c> and
/// <c>--name=v</c> are equal; the last of several wins. Go stops at the first word that is not a flag. Here the rest is
/// read as well: such a word is a command or a mistake, and what follows it must not be dropped.
/// </summary>
internal sealed class GoStyleArguments
{
    private readonly IReadOnlyList<string> _typed;
    private readonly FlagTable _table;
    private readonly FlagErrors _errors;
    private readonly Dictionary<Flag, string> _values = [];
    private readonly Dictionary<Flag, string> _spelling = [];
    private readonly List<UnexpectedArgument> _words = [];
    private Flag? _before;
    private string? _valueBefore;
    private int _next;

    private GoStyleArguments(IReadOnlyList<string> typed, FlagTable table, FlagErrors errors)
    {
        _typed = typed;
        _table = table;
        _errors = errors;
    }

    /// <summary>The value of each flag that was typed, in plain spelling.</summary>
    public IReadOnlyDictionary<Flag, string> Values => _values;

    /// <summary><c>--name=value</c>, in the order of the table.</summary>
    public IReadOnlyList<string> Normalised =>
        [.. _table.Flags.Where(_values.ContainsKey).Select(flag => $"--{flag.Name}={_values[flag]}")];

    /// <summary>Returns whether the switch of a name was typed and is on.</summary>
    public bool Requests(string name) =>
        _table.TryFind(name, out var flag) && _values.GetValueOrDefault(flag) == "true";

    /// <summary>The words that are neither flags nor values of flags.</summary>
    public IReadOnlyList<UnexpectedArgument> Words => _words;

    public static GoStyleArguments Read(IReadOnlyList<string> typed, FlagTable table, FlagErrors errors)
    {
        var arguments = new GoStyleArguments(typed, table, errors);
        while (arguments._next < typed.Count) arguments.TakeNext();
        return arguments;
    }

    private void TakeNext()
    {
        var word = _typed[_next++];
        if (word == "--")
        {
            while (_next < _typed.Count)
                _words.Add(new UnexpectedArgument(_typed[_next++], null, null, IsBehindDashes: true));
            return;
        }

        if (IsFlag(word)) TakeFlag(word);
        else TakeStray(word);
    }

    private static bool IsFlag(string word) => word.Length > 1 && word[0] == '-';

    // A switch followed by its value is explained at once: more of them may follow, each with its own advice.
    private void TakeStray(string word)
    {
        var stray = new UnexpectedArgument(word, _before, _valueBefore, IsBehindDashes: false);
        if (stray.IsValueOfSwitch) _errors.Add(stray.Explain(_table, []));
        else _words.Add(stray);
        (_before, _valueBefore) = (null, null);
    }

    private void TakeFlag(string word)
    {
        (_before, _valueBefore) = (null, null);
        var text = word.AsSpan(word.StartsWith("--", StringComparison.Ordinal) ? 2 : 1);
        if (text[0] is '-' or '=')
        {
            _errors.Add($"bad flag syntax: {word} (a flag is --name, --name value or --name=value)");
            return;
        }

        var equals = text.IndexOf('=');
        var name = (equals < 0 ? text : text[..equals]).ToString();
        var value = equals < 0 ? null : text[(equals + 1)..].ToString();
        if (_table.TryFind(name, out var flag)) Take(flag, name, value);
        else ReportUnknown(name, value);
    }

    private void Take(Flag flag, string name, string? value)
    {
        if (_spelling.TryAdd(flag, name) is false && _spelling[flag] != name)
            _errors.Add($"Cannot use two forms of the same flag: {flag.Letter} {flag.Name}");

        var isAlone = value is null && flag.Kind is FlagKind.Switch;
        if (!isAlone) value ??= TakeValue(flag);
        (_before, _valueBefore) = (flag, value);
        if (isAlone) _values[flag] = "true";
        else if (value is null) return;
        else if (flag.Normalise(value) is { } normal) _values[flag] = normal;
        else _errors.Invalid(flag.Name, value, flag.Allowed + flag.Suggestion(value));
    }

    // Go takes any word as the value. A word that looks like a flag is that flag, and the value was forgotten.
    private string? TakeValue(Flag flag)
    {
        var word = _next < _typed.Count ? _typed[_next] : null;
        if (word is not null && !IsForgotten(flag, word))
        {
            _next++;
            return word;
        }

        var follows = word is null ? "" : $", but {word.Split('=')[0]} follows (a value that begins with a dash is " +
            $"given as --{flag.Name}=VALUE)";
        _errors.Add($"flag needs an argument: --{flag.Name} {flag.Value}{follows}");
        return null;
    }

    // A password may begin with a dash, and so does a negative number.
    private bool IsForgotten(Flag flag, string word)
    {
        if (!IsFlag(word)) return false;
        var name = word.TrimStart('-').Split('=')[0];
        if (flag.IsSecret) return name.Length == 0 || _table.TryFind(name, out _);
        return word == "--" || !(char.IsAsciiDigit(word[1]) || word[1] == '.');
    }

    private void ReportUnknown(string name, string? value)
    {
        var words = name.Split(' ', 2, StringSplitOptions.TrimEntries);
        var advice = words is [var first, var rest] && _table.TryFind(first, out var flag)
            ? $"a flag and its value are two words: did you mean --{flag.Name}={rest}?"
            : _table.Nearest(name) is { } nearest ? $"did you mean --{nearest}?"
            : Letters(name) is { } letters ? $"did you mean {letters}?"
            : $"{_table.Command} --help lists all flags";
        _errors.Add($"flag provided but not defined: --{name} ({advice})");

        // The command will not run: a word that looks like the value is skipped, to find all other errors.
        if (value is null && _next < _typed.Count && !IsFlag(_typed[_next])) _next++;
    }

    // One-letter flags in one word, as other programs take them: -vh, -l:80.
    private string? Letters(string name)
    {
        if (!_table.TryFind(name[..1], out var first)) return null;
        if (first.Kind is not FlagKind.Switch) return $"-{name[..1]} {name[1..]}";
        return name.All(letter => _table.TryFind(letter.ToString(), out var flag) && flag.Kind is FlagKind.Switch)
            ? string.Join(' ', name.Select(letter => $"-{letter}"))
            : null;
    }
}
