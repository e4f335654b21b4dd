namespace Proxy.Host.CommandLine;

/// <summary>The value of a flag, with its origin.</summary>
/// <param name="Flag">The flag.</param>
/// <param name="Value">The value as CommandLineParser reads it; the default if nothing else was given.</param>
/// <param name="Origin"><c>default</c>, <c>flag</c>, or the variable, with its file if there is one.</param>
internal sealed record FlagValue(Flag Flag, string Value, string Origin)
{
    public const string ByDefault = "default";
    public const string Typed = "flag";

    /// <summary>Returns every flag of the table: as typed, else from the environment, else its default.</summary>
    public static IReadOnlyList<FlagValue> Of(FlagTable table, GoStyleArguments typed, EnvironmentFlags environment) =>
    [
        .. from flag in table.Flags
           select typed.Values.TryGetValue(flag, out var value) ? new FlagValue(flag, value, Typed)
               : environment.Values.TryGetValue(flag, out var found) ? found
               : new FlagValue(flag, flag.Default, ByDefault),
    ];
}
