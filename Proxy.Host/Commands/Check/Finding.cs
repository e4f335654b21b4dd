namespace Proxy.Host.Commands.Check;

/// <summary>How much a finding matters.</summary>
internal enum Severity
{
    Fine,
    Warning,
    Problem,
}

/// <summary>One thing that <c>planb check</c> looked at.</summary>
/// <param name="Severity">Only a problem makes the check fail.</param>
/// <param name="Text">What was looked at and what came of it.</param>
internal sealed record Finding(Severity Severity, string Text)
{
    /// <summary>The long names of the flags that it depends on.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>What to do about it; empty when nothing is to be done.</summary>
    public string Advice { get; init; } = "";

    public static Finding Fine(string text) => new(Severity.Fine, text);
}
