using System.Runtime.CompilerServices;

namespace Proxy.Host.CommandLine;

/// <summary>
/// What <c>[Option]</c> has no room for: the group of a flag in the help, and the values that it takes. The flags of a
/// group are listed in the order of their lines in the source.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FlagAttribute(FlagGroup group, [CallerLineNumber] int line = 0) : Attribute
{
    public FlagGroup Group => group;

    public int Line => line;

    /// <summary>The unit of a number, in the plural: <c>seconds</c>.</summary>
    public string Unit { get; set; } = "";

    /// <summary>The unit of a time that is a number alone, as in the Go planb: <c>s</c> or <c>ms</c>.</summary>
    public string BareUnit { get; set; } = "s";

    /// <summary>The values allowed for a text, separated by <c>|</c>; empty when any text is.</summary>
    public string OneOf { get; set; } = "";

    /// <summary>The value is never shown.</summary>
    public bool IsSecret { get; set; }

    /// <summary>The least number allowed; of a time in its <see cref="BareUnit"/>.</summary>
    public int Min { get; set; } = int.MinValue;

    /// <summary>The greatest number allowed; a time has no such bound.</summary>
    public int Max { get; set; } = int.MaxValue;
}

/// <summary>Marks the flags of one Redis within <see cref="Flags"/>.</summary>
/// <param name="role">The role: <c>read</c> or <c>write</c>.</param>
/// <param name="redis">What help texts call the Redis of that role.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RedisRoleAttribute(string role, string redis) : Attribute
{
    /// <summary>What the names of the flags begin with.</summary>
    public string Prefix => $"{role}-redis-";

    /// <summary>Returns a help text with its placeholders replaced.</summary>
    public string HelpOf(string text) => text
        .Replace("{redis}", redis, StringComparison.Ordinal)
        .Replace("{prefix}", Prefix, StringComparison.Ordinal);
}
