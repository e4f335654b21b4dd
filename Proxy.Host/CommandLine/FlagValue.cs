namespace Proxy.Host.CommandLine;

/// <summary>The value of one flag and where it came from.</summary>
/// <param name="Flag">The flag.</param>
/// <param name="Value">As CommandLineParser reads it; the default where nothing else was given.</param>
/// <param name="Origin">For people: <c>default</c>, <c>flag</c>, or the variable, and its file if there is one.</param>
internal sealed record FlagValue(Flag Flag, string Value, string Origin)
{
    public const string ByDefault = "default";
    public const string Typed = "flag";

    /// <summary>Every flag of the table: as typed, else as the environment says, else its default.</summary>
    public static IReadOnlyList<FlagValue> Of(FlagTable table, GoStyleArguments typed, EnvironmentFlags environment) =>
    [
        .. from flag in table.Flags
           select typed.Values.TryGetValue(flag, out var value) ? new FlagValue(flag, value, Typed)
               : environment.Values.TryGetValue(flag, out var found) ? found
               : new FlagValue(flag, flag.Default, ByDefault),
    ];
}
