namespace Proxy.Host.CommandLine;

/// <summary>A word of a command line that is neither a flag nor the value of one.</summary>
/// <param name="Text">The word.</param>
/// <param name="Flag">The flag right before it, or null.</param>
/// <param name="Value">The value of that flag as typed, or null.</param>
/// <param name="IsBehindDashes">Whether it comes after <c>--</c>, where nothing is a flag.</param>
internal sealed record UnexpectedArgument(string Text, Flag? Flag, string? Value, bool IsBehindDashes)
{
    /// <summary>Whether the word is the value of the switch before it, which takes a value only after "=".</summary>
    public bool IsValueOfSwitch =>
        Flag is { Kind: FlagKind.Switch } && Value is null && Suggestions.TruthOf(Text) is not null;

    /// <summary>Returns the error, with what was probably meant.</summary>
    /// <param name="table">The flags of the command.</param>
    /// <param name="commands">The commands that are possible here.</param>
    public string Explain(FlagTable table, IReadOnlyList<string> commands)
    {
        var isSecret = Flag is { IsSecret: true };
        var word = isSecret ? "a word" : $"\"{Text}\"";
        var place = IsBehindDashes ? " after --, where flags end"
            : Flag is null ? ""
            : Value is null || isSecret ? $" after --{Flag.Name}"
            : $" after --{Flag.Name} {Value}";
        var advice = Meant(table, commands) is { } meant && !isSecret ? $"did you mean {meant}?"
            : isSecret ? "put a value with spaces in quotes"
            : $"did you mean a flag? {table.Command} --help lists them";
        return $"unexpected {word}{place}: it is not a flag{(commands.Count > 0 ? " or command" : "")} ({advice})";
    }

    private string? Meant(FlagTable table, IReadOnlyList<string> commands)
    {
        if (IsBehindDashes) return Text.StartsWith('-') ? $"{Text} without the --" : null;
        if (IsValueOfSwitch) return $"--{Flag!.Name}={Suggestions.TruthOf(Text)}";
        if (Rest() is { } whole) return whole;

        var (name, value) = Text.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals
            ? (Text[..equals], Text[equals..])
            : (Text, "");
        if (name.StartsWith(EnvironmentFlags.Prefix, StringComparison.Ordinal))
            name = name[EnvironmentFlags.Prefix.Length..].Replace('_', '-');
        name = name.ToLowerInvariant();
        if (name.Length > 1 && table.TryFind(name, out var flag)) return $"--{flag.Name}{value}";
        if (value.Length == 0 && Suggestions.Nearest(name, commands) is { } command)
            return $"{table.Command} {command}";
        return name.Length > 0 && table.Nearest(name) is { } nearest ? $"--{nearest}{value}" : null;
    }

    // A space within a value: "30 s", "10.0.0.0/8, 192.0.2.1".
    private string? Rest()
    {
        if (Flag is null || string.IsNullOrEmpty(Value)) return null;
        if (Value.EndsWith(',')) return $"--{Flag.Name}={Value}{Text}";
        if (Flag.Kind is not FlagKind.Duration || Value.Any(char.IsLetter)) return null;
        var whole = Value + Text;
        return Flag.Normalise(whole) is not null ? $"--{Flag.Name}={whole}"
            : Flag.Nearest(whole) is { } nearest ? $"--{Flag.Name}={nearest}"
            : null;
    }
}
