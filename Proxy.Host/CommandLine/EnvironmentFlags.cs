using Proxy.Core;

namespace Proxy.Host.CommandLine;

/// <summary>
/// Flags in the environment: <c>PLANB_LISTEN</c> is <c>--listen</c>. A secret may be in a file that
/// <c>PLANB_..._FILE</c> names. An empty variable counts as absent, as in files that list all variables.
/// </summary>
internal sealed class EnvironmentFlags
{
    public const string Prefix = "PLANB_";
    private const string FileSuffix = "_FILE";
    private const int SecretCharactersMax = 64 * 1024;

    // The unit of the package puts its words on the command line.
    private const string Options = "PLANB_OPTS";

    // Kubernetes sets variables with these prefixes for a service called planb, in every container.
    private static readonly string[] OfKubernetes = ["PLANB_SERVICE_", "PLANB_PORT"];

    private readonly Dictionary<Flag, FlagValue> _values = [];
    private readonly List<string> _warnings = [];
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly FlagErrors _errors;

    private EnvironmentFlags(IReadOnlyDictionary<string, string> variables, FlagErrors errors) =>
        (_variables, _errors) = (variables, errors);

    /// <summary>The flags that the environment gives.</summary>
    public IReadOnlyDictionary<Flag, FlagValue> Values => _values;

    /// <summary>Lines about variables that look like flags but are not.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads the variables of all flags that were not typed. A typed flag wins over its variable.</summary>
    public static EnvironmentFlags Read(
        IReadOnlyDictionary<string, string> variables, FlagTable table, GoStyleArguments typed, FlagErrors errors)
    {
        var environment = new EnvironmentFlags(variables, errors);
        var flags = table.Flags.Where(flag => !flag.IsQuestion).ToList();
        foreach (var flag in flags.Where(flag => !typed.Values.ContainsKey(flag))) environment.Take(flag);
        environment.WarnOfUnknown(flags);
        return environment;
    }

    private void Take(Flag flag)
    {
        var file = flag.Variable + FileSuffix;
        var isInFile = flag.IsSecret && Given(file).Length > 0;
        var value = Given(flag.Variable);
        if (value.Length > 0 && isInFile)
            _errors.Add($"{flag.Variable} and {file} are both set: remove one of them");
        else if (isInFile)
            TakeFile(flag, file, Given(file));
        else if (value.Length > 0)
            Take(flag, value, new FlagValue(flag, value, flag.Variable));
    }

    private void Take(Flag flag, string value, FlagValue found)
    {
        _errors.Origins.Add(flag.Name, flag.Variable);
        if (flag.Normalise(value) is { } normal) _values[flag] = found with { Value = normal };
        else _errors.Invalid(flag.Name, value, flag.Allowed + flag.Suggestion(value));
    }

    private void TakeFile(Flag flag, string variable, string path)
    {
        try
        {
            var secret = ReadBounded(path);
            secret = secret.EndsWith("\r\n", StringComparison.Ordinal) ? secret[..^2]
                : secret.EndsWith('\n') ? secret[..^1]
                : secret;
            if (secret.Length == 0) throw new IOException("it is empty");
            _errors.Origins.Add(flag.Name, variable);
            _values[flag] = new FlagValue(flag, secret, $"{variable} ({path})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _errors.Add($"cannot read the file of {variable}, \"{path}\": {FileFailure.ReasonOf(e)}");
        }
    }

    // A device such as /dev/zero has no length and no end.
    private static string ReadBounded(string path)
    {
        using var file = new StreamReader(path);
        var room = new char[SecretCharactersMax + 1];
        var length = file.ReadBlock(room);
        if (length > SecretCharactersMax) throw new IOException("it is too large for a password");
        return new string(room, 0, length);
    }

    private string Given(string variable) => _variables.GetValueOrDefault(variable, "");

    private void WarnOfUnknown(List<Flag> flags)
    {
        string[] known =
        [
            Options, .. flags.Select(flag => flag.Variable),
            .. flags.Where(flag => flag.IsSecret).Select(flag => flag.Variable + FileSuffix),
        ];
        foreach (var name in _variables.Keys.Where(IsOurs).Except(known).Order(StringComparer.Ordinal))
        {
            var advice = Array.Find(known, it => it + FileSuffix == name) is { } open
                ? $"only a password can be in a file; did you mean {open}?"
                : Suggestions.Nearest(name, known) is { } nearest ? $"did you mean {nearest}?"
                : "planb --help lists all flags";
            _warnings.Add(
                FlagErrors.Line($"ignored the environment variable {name}: there is no such flag ({advice})"));
        }
    }

    private static bool IsOurs(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && !Array.Exists(OfKubernetes, theirs => name.StartsWith(theirs, StringComparison.Ordinal));
}
