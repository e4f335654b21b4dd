using System.Diagnostics.CodeAnalysis;
using CommandLine;

namespace Proxy.Host.CommandLine;

/// <summary>Fills a class of <c>[Option]</c> properties from normalised arguments, by CommandLineParser.</summary>
internal static class FlagParser
{
    /// <summary>The values given, over the defaults; null when there is something to complain of.</summary>
    // CommandLineParser reflects over what it fills and what it makes; these are exactly the members it needs.
    [DynamicDependency(Needed, typeof(Flags))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(GoDuration))]
    public static T? Parse<[DynamicallyAccessedMembers(Needed)] T>(
        IEnumerable<string> normalised, FlagErrors complaints)
        where T : class
    {
        using var parser = new Parser(Configure);
        var result = parser.ParseArguments<T>(normalised);
        foreach (var error in result.Errors) complaints.Add($"the command line cannot be read: {error.Tag}");
        return complaints.Any ? null : result.Value;
    }

    private static void Configure(ParserSettings settings)
    {
        // Of its two readers of arguments, only this one takes an empty value or one that begins with a blank.
        settings.GetoptMode = true;
        settings.AutoHelp = false;
        settings.AutoVersion = false;
        settings.HelpWriter = null;
    }

    private const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicParameterlessConstructor | DynamicallyAccessedMemberTypes.PublicProperties;
}
