using System.Runtime.CompilerServices;

namespace Proxy.Host.CommandLine;

/// <summary>
/// What <c>[Option]</c> cannot say about a flag: where help shows it and which values it takes.
/// Flags of a group are listed in the order they are written in, in one file: which is why the line is kept.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FlagAttribute(FlagGroup group, [CallerLineNumber] int line = 0) : Attribute
{
    public FlagGroup Group => group;

    public int Line => line;

    /// <summary>The unit of a number, in the plural: <c>seconds</c>.</summary>
    public string Unit { get; set; } = "";

    /// <summary>The unit of a time that is given as a number alone, the Go planb's: <c>s</c> or <c>ms</c>.</summary>
    public string BareUnit { get; set; } = "s";

    /// <summary>The words a text may be, separated by <c>|</c>; empty when it may be any.</summary>
    public string OneOf { get; set; } = "";

    /// <summary>Its value is not to be shown.</summary>
    public bool IsSecret { get; set; }

    /// <summary>The least number allowed; of a time in its <see cref="BareUnit"/>.</summary>
    public int Min { get; set; } = int.MinValue;

    /// <summary>The greatest number allowed; a time has no such bound.</summary>
    public int Max { get; set; } = int.MaxValue;
}
