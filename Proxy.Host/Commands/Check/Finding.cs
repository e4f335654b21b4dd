namespace Proxy.Host.Commands.Check;

/// <summary>The severity of a finding.</summary>
internal enum Severity
{
    Fine,
    Warning,
    Problem,
}

/// <summary>The result of one check.</summary>
/// <param name="Severity">Only a problem makes the check fail.</param>
/// <param name="Text">What was checked, and the result.</param>
internal sealed record Finding(Severity Severity, string Text)
{
    /// <summary>The long names of the flags that the result depends on.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>What to do; empty for nothing.</summary>
    public string Advice { get; init; } = "";

    public static Finding Fine(string text) => new(Severity.Fine, text);
}
