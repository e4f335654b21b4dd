using System.Reflection;
using Proxy.Core;

namespace Proxy.Host;

/// <summary>
/// What a command line asks for: to serve with <see cref="Settings"/>, or, when they are null, only to say
/// <see cref="Output"/> and <see cref="Errors"/> and to exit with <see cref="ExitCode"/>.
/// </summary>
internal sealed record Invocation
{
    public const int Success = 0;
    public const int BadUsage = 2;

    public Settings? Settings { get; private init; }

    /// <summary>For stdout, with its line ends.</summary>
    public string Output { get; private init; } = "";

    /// <summary>For stderr, with its line ends.</summary>
    public string Errors { get; private init; } = "";

    public int ExitCode { get; private init; }

    public static Invocation Read(IReadOnlyList<string> typed)
    {
        var complaints = new Complaints();
        var table = FlagTable.Of(new Flags());
        var arguments = GoArguments.Read(typed, table, complaints);
        if (complaints.Any || FlagParser.Parse<Flags>(arguments, complaints) is not { } flags)
            return Refuse(complaints);

        // Commands are told apart here. As in the seed, any other word ends the flags and means nothing.
        var command = arguments.Words is [var word, ..] ? word : null;
        if (flags.Help is true || command is "help" or "h") return Say(HelpText.Of(table));
        if (flags.Version is true) return Say($"planb version {VersionOf(typeof(Invocation).Assembly)}\n");

        return SettingsReader.Read(flags, complaints) is { } settings
            ? new Invocation { Settings = settings, Errors = NoteOnIgnored(command) }
            : Refuse(complaints);
    }

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
