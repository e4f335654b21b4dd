using System.Diagnostics.CodeAnalysis;
using CommandLine;

namespace Proxy.Host.CommandLine;

/// <summary>Fills a class of <c>[Option]</c> properties from normalised arguments, by CommandLineParser.</summary>
internal static class FlagParser
{
    private const string ReadPrefix = "--read-redis-", WritePrefix = "--write-redis-";

    /// <summary>Returns the flags of the proxy: the values given, over the defaults; null on errors.</summary>
    public static Flags? ParseFlags(IReadOnlyList<string> normalised, FlagErrors errors)
    {
        var own = normalised.Where(word => !IsOf(ReadPrefix, word) && !IsOf(WritePrefix, word));
        if (Parse<Flags>(own, errors) is not { } flags) return null;
        if (Parse<RedisFlags>(WithoutPrefix(ReadPrefix, normalised), errors) is not { } read) return null;
        if (Parse<RedisFlags>(WithoutPrefix(WritePrefix, normalised), errors) is not { } write) return null;
        (flags.ReadRedis, flags.WriteRedis) = (read, write);
        return flags;
    }

    /// <summary>Returns the values given, over the defaults; null when there are errors.</summary>
    // CommandLineParser reflects over the types that it fills and creates; these are exactly the members it needs.
    [DynamicDependency(Needed, typeof(Flags))]
    [DynamicDependency(Needed, typeof(RedisFlags))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(GoDuration))]
    public static T? Parse<[DynamicallyAccessedMembers(Needed)] T>(
        IEnumerable<string> normalised, FlagErrors errors)
        where T : class
    {
        using var parser = new Parser(Configure);
        var result = parser.ParseArguments<T>(normalised);
        foreach (var error in result.Errors) errors.Add($"the command line cannot be read: {error.Tag}");
        return errors.Any ? null : result.Value;
    }

    private static bool IsOf(string prefix, string word) => word.StartsWith(prefix, StringComparison.Ordinal);

    private static IEnumerable<string> WithoutPrefix(string prefix, IEnumerable<string> normalised) =>
        from word in normalised
        where IsOf(prefix, word)
        select "--" + word[prefix.Length..];

    private static void Configure(ParserSettings settings)
    {
        // Of its two readers of arguments, only this one accepts an empty value or one that begins with a space.
        settings.GetoptMode = true;
        settings.AutoHelp = false;
        settings.AutoVersion = false;
        settings.HelpWriter = null;
    }

    private const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicParameterlessConstructor | DynamicallyAccessedMemberTypes.PublicProperties;
}
