using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using CommandLine;

namespace Proxy.Host.CommandLine;

/// <summary>The table of flags of a command, from a class of <c>[Option]</c> properties.</summary>
internal sealed class FlagTable
{
    private readonly Dictionary<string, Flag> _byName = [];

    private FlagTable(IReadOnlyList<Flag> flags, string command)
    {
        (Flags, Command) = (flags, command);
        foreach (var flag in flags)
        {
            _byName.Add(flag.Name, flag);
            if (flag.Letter is { } letter) _byName.Add(letter, flag);
        }
    }

    /// <summary>All flags, by group, and within a group in the order of declaration.</summary>
    public IReadOnlyList<Flag> Flags { get; }

    /// <summary>The command that has the flags, as typed: <c>planb</c> or <c>planb demo</c>.</summary>
    public string Command { get; }

    public static FlagTable Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        T defaults, string command = "planb")
    {
        var properties = typeof(T).GetProperties();
        var ofRedis =
            from property in properties
            let role = property.GetCustomAttribute<RedisRoleAttribute>()
            where role is not null
            from flag in RowsOf(typeof(RedisFlags).GetProperties(), property.GetValue(defaults))
            select flag with { Name = role.Prefix + flag.Name, Help = role.HelpOf(flag.Help) };
        return new FlagTable([.. RowsOf(properties, defaults).Concat(ofRedis).OrderBy(flag => flag.Group)], command);
    }

    /// <summary>Finds the flag of a long or one-letter name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Flag? flag) => _byName.TryGetValue(name, out flag);

    /// <summary>Returns the name of the flag that was probably meant, or null.</summary>
    public string? Nearest(string name) => Suggestions.Nearest(name, Flags.Select(flag => flag.Name));

    private static IEnumerable<Flag> RowsOf(IEnumerable<PropertyInfo> properties, object? defaults) =>
        from property in properties
        let option = property.GetCustomAttribute<OptionAttribute>()
        let flag = property.GetCustomAttribute<FlagAttribute>()
        where option is not null && flag is not null
        orderby flag.Line
        select Row(KindOf(property.PropertyType), option, flag, property.GetValue(defaults));

    private static Flag Row(FlagKind kind, OptionAttribute option, FlagAttribute flag, object? value) => new()
    {
        Name = option.LongName,
        Letter = string.IsNullOrEmpty(option.ShortName) ? null : option.ShortName,
        Kind = kind,
        Group = flag.Group,
        Value = Placeholder(kind, option, flag),
        Help = option.HelpText,
        Default = value is bool on ? (on ? "true" : "false") : value?.ToString() ?? "",
        Unit = flag.Unit,
        BareUnit = flag.BareUnit,
        Choices = flag.OneOf.Split('|', StringSplitOptions.RemoveEmptyEntries),
        Min = flag.Min,
        Max = flag.Max,
        IsSecret = flag.IsSecret,
    };

    private static string Placeholder(FlagKind kind, OptionAttribute option, FlagAttribute flag) => kind switch
    {
        FlagKind.Switch => "",
        _ when !string.IsNullOrEmpty(option.MetaValue) => option.MetaValue,
        _ when flag.Unit.Length > 0 => flag.Unit.ToUpperInvariant(),
        FlagKind.Duration => "TIME",
        FlagKind.Number => "NUMBER",
        _ => "TEXT",
    };

    private static FlagKind KindOf(Type type) =>
        type == typeof(string) ? FlagKind.Text :
        type == typeof(int) ? FlagKind.Number :
        type == typeof(GoDuration) ? FlagKind.Duration :
        type == typeof(bool?) ? FlagKind.Switch :
        throw new NotSupportedException($"A flag cannot be a {type}.");
}
