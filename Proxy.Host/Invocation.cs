using System.Reflection;
using Proxy.Core;

namespace Proxy.Host;

/// <summary>
/// What a command line and its environment ask for: to serve with <see cref="Settings"/> or to check them, or, when
/// they are null, only to say <see cref="Output"/> and <see cref="Errors"/> and to exit with <see cref="ExitCode"/>.
/// </summary>
internal sealed record Invocation
{
    public const int Success = 0;
    public const int BadUsage = 2;

    private const string CheckWord = "check";

    public Settings? Settings { get; private init; }

    /// <summary>The settings are to be checked instead of served with.</summary>
    public bool IsCheck { get; private init; }

    /// <summary>Every flag with its value and where that came from; empty without settings.</summary>
    public IReadOnlyList<FlagValue> Values { get; private init; } = [];

    /// <summary>Which flags the environment gave.</summary>
    public Origins Origins { get; private init; } = new();

    /// <summary>For stdout, with its line ends.</summary>
    public string Output { get; private init; } = "";

    /// <summary>For stderr, with its line ends.</summary>
    public string Errors { get; private init; } = "";

    public int ExitCode { get; private init; }

    /// <summary>A command line in an empty environment.</summary>
    public static Invocation Read(IReadOnlyList<string> typed) => Read(typed, new Dictionary<string, string>());

    public static Invocation Read(IReadOnlyList<string> typed, IReadOnlyDictionary<string, string> variables)
    {
        var complaints = new Complaints();
        var table = FlagTable.Of(new Flags());
        var isCheck = typed is [CheckWord, ..];
        var arguments = GoArguments.Read(isCheck ? [.. typed.Skip(1)] : typed, table, complaints);
        if (complaints.Any) return Refuse(complaints);

        // Commands are told apart here. As in the seed, any other word ends the flags and means nothing.
        var command = arguments.Words is [var word, ..] ? word : null;
        if (arguments.Asks("help") || command is "help" or "h") return Say(HelpText.Of(table));
        if (arguments.Asks("version")) return Say($"planb version {VersionOf(typeof(Invocation).Assembly)}\n");
        var isCheckAtTheEnd = arguments.Words is [CheckWord];

        var environment = EnvironmentFlags.Read(variables, table, arguments, complaints);
        var values = FlagValue.Of(table, arguments, environment);
        if (complaints.Any || FlagParser.Parse<Flags>(Normalised(values), complaints) is not { } flags)
            return Refuse(complaints);
        if (SettingsReader.Read(flags, complaints) is not { } settings) return Refuse(complaints);
        return new Invocation
        {
            Settings = settings,
            IsCheck = isCheck || isCheckAtTheEnd,
            Values = values,
            Origins = complaints.Origins,
            Errors = string.Concat(environment.Warnings.Select(line => line + "\n"))
                + NoteOnIgnored(isCheckAtTheEnd ? null : command),
        };
    }

    private static IEnumerable<string> Normalised(IReadOnlyList<FlagValue> values) =>
        from value in values
        where value.Origin != FlagValue.ByDefault
        select $"--{value.Flag.Name}={value.Value}";

    private static Invocation Say(string text) => new() { Output = text, ExitCode = Success };

    private static Invocation Refuse(Complaints complaints) => new()
    {
        Errors = string.Concat(complaints.Lines.Select(line => line + "\n")),
        ExitCode = BadUsage,
    };

    private static string NoteOnIgnored(string? word) =>
        word is null
            ? ""
            : Complaints.Line($"ignored \"{word}\" and what follows it: flags end at the first other word") + "\n";

    // The build appends "+commit".
    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}
