using System.Globalization;

namespace Proxy.Host.CommandLine;

/// <summary>One row of the table of flags, from which help, documents and argument reading are made.</summary>
internal sealed record Flag
{
    /// <summary>The long name, without dashes.</summary>
    public required string Name { get; init; }

    /// <summary>The one-letter form, or null.</summary>
    public required string? Letter { get; init; }

    public required FlagKind Kind { get; init; }

    public required FlagGroup Group { get; init; }

    /// <summary>The placeholder of the value in help: <c>ADDRESS</c>; empty for a switch.</summary>
    public required string Value { get; init; }

    /// <summary>One or two sentences, without default and unit.</summary>
    public required string Help { get; init; }

    /// <summary>The default as it would be typed; empty for none.</summary>
    public required string Default { get; init; }

    /// <summary>The unit of a number, in the plural, or empty.</summary>
    public required string Unit { get; init; }

    /// <summary>The unit of a time that is a number alone: <c>s</c> or <c>ms</c>.</summary>
    public required string BareUnit { get; init; }

    /// <summary>The words allowed; empty when any text is.</summary>
    public required IReadOnlyList<string> Choices { get; init; }

    public required int Min { get; init; }

    public required int Max { get; init; }

    /// <summary>Whether the value is never shown, and may be in a file.</summary>
    public required bool IsSecret { get; init; }

    /// <summary>Whether it prints a text instead of setting a value: <c>--help</c>, <c>--version</c>.</summary>
    public bool IsQuestion => Kind is FlagKind.Switch && Default.Length == 0;

    /// <summary>The environment variable for the same value.</summary>
    public string Variable => EnvironmentFlags.Prefix + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>What is allowed as a value; follows "must be" in an error.</summary>
    public string Allowed => Kind switch
    {
        FlagKind.Switch => "true or false",
        FlagKind.Duration => $"a time such as 30s, 1m30s or 300ms (units: {GoDuration.Units}; " +
            $"a number alone is {(BareUnit == "ms" ? "milliseconds" : "seconds")}){Range}",
        FlagKind.Number => $"a whole number{(Unit.Length > 0 ? " of " : "")}{Unit}{Range}",
        _ => Choices.Count > 0 ? string.Join(" or ", Choices) : "a text",
    };

    private string Range => (Min, Max) switch
    {
        (int.MinValue, int.MaxValue) => "",
        (_, int.MaxValue) => string.Create(CultureInfo.InvariantCulture, $", {Min} or more"),
        _ => string.Create(CultureInfo.InvariantCulture, $" from {Min} to {Max}"),
    };

    /// <summary>Returns the value as CommandLineParser reads it, or null when it is not allowed.</summary>
    public string? Normalise(string value) => Kind switch
    {
        FlagKind.Switch => NormaliseSwitch(value),
        FlagKind.Number => GoInteger.TryParse(value, out var number) && number >= Min && number <= Max
            ? GoInteger.ToDecimal(number)
            : null,
        FlagKind.Duration => NormaliseDuration(value),
        _ => Choices.Count == 0 || Choices.Contains(value) ? value : null,
    };

    /// <summary>Returns the value that was probably meant, as an addition to an error; empty for none.</summary>
    public string Suggestion(string value) => Nearest(value) is { } word ? $" (did you mean {word}?)" : "";

    /// <summary>Returns the allowed value that was probably meant, or null.</summary>
    public string? Nearest(string value)
    {
        var nearest = Kind switch
        {
            FlagKind.Switch => Suggestions.TruthOf(value),
            FlagKind.Duration => GoDuration.Nearest(value),
            _ => Suggestions.Nearest(value, Choices),
        };
        return nearest is not null && Normalise(nearest) is not null ? nearest : null;
    }

    private string? NormaliseDuration(string value)
    {
        var text = GoDuration.WithUnit(value, BareUnit);
        if (!GoDuration.TryParse(text, out var time)) return null;
        var unit = BareUnit == "ms" ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerSecond;
        return Min != int.MinValue && time.Ticks < Min * unit ? null : text;
    }

    // As strconv.ParseBool of Go.
    private static string? NormaliseSwitch(string value) => value switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => "true",
        "0" or "f" or "F" or "FALSE" or "false" or "False" => "false",
        _ => null,
    };
}

/// <summary>The kind of value that a flag takes; only a switch may be given without one.</summary>
internal enum FlagKind
{
    Text,
    Number,
    Duration,
    Switch,
}

/// <summary>The headings of <c>--help</c>, in its order.</summary>
internal enum FlagGroup
{
    Listen,
    Tls,
    Redis,
    Timeouts,
    Routing,
    Logs,
    Other,
}
