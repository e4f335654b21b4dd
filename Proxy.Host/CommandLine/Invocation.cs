using Proxy.Core;
using Proxy.Host.Commands;
using Proxy.Host.Configuration;

namespace Proxy.Host.CommandLine;

/// <summary>
/// A command line with its environment: a command to run with <see cref="Settings"/>, or, when these are null, only
/// <see cref="Output"/> and <see cref="Errors"/> to print, and <see cref="ExitCode"/>.
/// </summary>
internal sealed record Invocation
{
    /// <summary>The command.</summary>
    public Command Command { get; private init; } = CommandTable.Serve;

    public Settings? Settings { get; private init; }

    /// <summary>Every flag with its value and its origin; empty without settings.</summary>
    public IReadOnlyList<FlagValue> Values { get; private init; } = [];

    /// <summary>The flags that the environment gave.</summary>
    public ValueSources Origins { get; private init; } = new();

    /// <summary>For stdout, with its line ends.</summary>
    public string Output { get; private init; } = "";

    /// <summary>For stderr, with its line ends.</summary>
    public string Errors { get; private init; } = "";

    public int ExitCode { get; private init; }

    /// <summary>Reads a command line in an empty environment.</summary>
    public static Invocation Read(IReadOnlyList<string> typed) => Read(typed, new Dictionary<string, string>());

    /// <summary>Reads a command line and its environment.</summary>
    public static Invocation Read(IReadOnlyList<string> typed, IReadOnlyDictionary<string, string> variables)
    {
        var errors = new FlagErrors();
        var table = FlagTable.Of(new Flags());
        if (typed is [var first, ..] && CommandTable.Help.IsNamed(first)) return Print(HelpText.Of(table));
        var arguments = GoStyleArguments.Read(typed, table, errors);
        var command = CommandOf(arguments);
        if (errors.Any) return Reject(arguments, table, errors);

        if (arguments.Requests("help") || command == CommandTable.Help)
            return Print(command.Help.Length > 0 ? command.Help : HelpText.Of(table));
        if (arguments.Requests("version")) return Print($"planb version {BuildVersion.Number}\n");
        if (StraysOf(arguments).Any()) return Reject(arguments, table, errors);

        var environment = EnvironmentFlags.Read(variables, table, arguments, errors);
        var values = FlagValue.Of(table, arguments, environment);
        if (errors.Any || FlagParser.ParseFlags(Normalised(values), errors) is not { } flags)
            return Reject(arguments, table, errors);
        if (SettingsReader.Read(flags, errors) is not { } settings) return Reject(arguments, table, errors);
        return new Invocation
        {
            Command = command,
            Settings = settings,
            Values = values,
            Origins = errors.Origins,
            Errors = string.Concat(environment.Warnings.Select(line => line + "\n")),
        };
    }

    private static IReadOnlyList<string> Normalised(IReadOnlyList<FlagValue> values) =>
    [
        .. from value in values
           where value.Origin != FlagValue.ByDefault
           select $"--{value.Flag.Name}={value.Value}",
    ];

    private static Invocation Print(string text) => new() { Output = text, ExitCode = ExitCodes.Success };

    // Only the first word is explained: those after it mostly belong to it.
    private static Invocation Reject(GoStyleArguments arguments, FlagTable table, FlagErrors errors)
    {
        if (StraysOf(arguments).FirstOrDefault() is { } stray)
            errors.Add(stray.Explain(table, CommandOf(arguments) == CommandTable.Serve ? CommandTable.Names : []));
        return new Invocation
        {
            Errors = string.Concat(errors.Lines.Select(line => line + "\n")),
            ExitCode = ExitCodes.BadUsage,
        };
    }

    // A command with the flags of the proxy may stand anywhere among them. One with flags of its own comes first, where
    // the program looks for it before all else; here it is a mistake.
    private static Command CommandOf(GoStyleArguments arguments) =>
        arguments.Words is [{ IsBehindDashes: false } word, ..]
            && CommandTable.Find(word.Text) is { RunOnWords: null } command
            ? command
            : CommandTable.Serve;

    // No command takes words after its own.
    private static IEnumerable<UnexpectedArgument> StraysOf(GoStyleArguments arguments) =>
        arguments.Words.Skip(CommandOf(arguments) == CommandTable.Serve ? 0 : 1);
}
