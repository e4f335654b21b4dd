using Proxy.Core;
using Proxy.Host.Configuration;

namespace Proxy.Host.CommandLine;

/// <summary>
/// What a command line and its environment ask for: to serve with <see cref="Settings"/> or to check them, or, when
/// they are null, only to say <see cref="Output"/> and <see cref="Errors"/> and to exit with <see cref="ExitCode"/>.
/// </summary>
internal sealed record Invocation
{
    public const int Success = 0;
    public const int BadUsage = 2;

    private const string CheckWord = "check";

    // "demo" is one only in the first place, where the program looks for it before all else.
    private static readonly string[] Commands = [CheckWord, "demo", "help"];

    public Settings? Settings { get; private init; }

    /// <summary>The settings are to be checked instead of served with.</summary>
    public bool IsCheck { get; private init; }

    /// <summary>Every flag with its value and where that came from; empty without settings.</summary>
    public IReadOnlyList<FlagValue> Values { get; private init; } = [];

    /// <summary>Which flags the environment gave.</summary>
    public ValueSources Origins { get; private init; } = new();

    /// <summary>For stdout, with its line ends.</summary>
    public string Output { get; private init; } = "";

    /// <summary>For stderr, with its line ends.</summary>
    public string Errors { get; private init; } = "";

    public int ExitCode { get; private init; }

    /// <summary>A command line in an empty environment.</summary>
    public static Invocation Read(IReadOnlyList<string> typed) => Read(typed, new Dictionary<string, string>());

    public static Invocation Read(IReadOnlyList<string> typed, IReadOnlyDictionary<string, string> variables)
    {
        var complaints = new FlagErrors();
        var table = FlagTable.Of(new Flags());
        if (typed is ["help" or "h", ..]) return Print(HelpText.Of(table));
        var arguments = GoStyleArguments.Read(typed, table, complaints);
        if (complaints.Any) return Refuse(arguments, table, complaints);

        if (arguments.Requests("help") || arguments.Words is [{ Text: "help" or "h", IsBehindDashes: false }, ..])
            return Print(IsCheckOf(arguments) ? HelpText.OfCheck : HelpText.Of(table));
        if (arguments.Requests("version")) return Print($"planb version {BuildVersion.Number}\n");
        if (StraysOf(arguments).Any()) return Refuse(arguments, table, complaints);

        var environment = EnvironmentFlags.Read(variables, table, arguments, complaints);
        var values = FlagValue.Of(table, arguments, environment);
        if (complaints.Any || FlagParser.Parse<Flags>(Normalised(values), complaints) is not { } flags)
            return Refuse(arguments, table, complaints);
        if (SettingsReader.Read(flags, complaints) is not { } settings) return Refuse(arguments, table, complaints);
        return new Invocation
        {
            Settings = settings,
            IsCheck = IsCheckOf(arguments),
            Values = values,
            Origins = complaints.Origins,
            Errors = string.Concat(environment.Warnings.Select(line => line + "\n")),
        };
    }

    private static IEnumerable<string> Normalised(IReadOnlyList<FlagValue> values) =>
        from value in values
        where value.Origin != FlagValue.ByDefault
        select $"--{value.Flag.Name}={value.Value}";

    private static Invocation Print(string text) => new() { Output = text, ExitCode = Success };

    // The first one is explained: those behind it mostly belong to it.
    private static Invocation Refuse(GoStyleArguments arguments, FlagTable table, FlagErrors complaints)
    {
        if (StraysOf(arguments).FirstOrDefault() is { } stray)
            complaints.Add(stray.Explain(table, IsCheckOf(arguments) ? [] : Commands));
        return new Invocation
        {
            Errors = string.Concat(complaints.Lines.Select(line => line + "\n")),
            ExitCode = BadUsage,
        };
    }

    private static bool IsCheckOf(GoStyleArguments arguments) =>
        arguments.Words is [{ Text: CheckWord, IsBehindDashes: false }, ..];

    private static IEnumerable<UnexpectedArgument> StraysOf(GoStyleArguments arguments) =>
        arguments.Words.Skip(IsCheckOf(arguments) ? 1 : 0);
}
