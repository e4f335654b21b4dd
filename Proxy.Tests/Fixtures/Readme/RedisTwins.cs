using NUnit.Framework;
using Proxy.Host.CommandLine;

namespace Proxy.Tests.Fixtures.Readme;

/// <summary>
/// The <c>--write-redis-*</c> flags. Each has a <c>--read-redis-*</c> twin, so documents describe all of them in one
/// entry.
/// </summary>
internal static class RedisTwins
{
    /// <summary>The text of that entry.</summary>
    public const string Help =
        "The same settings for the Redis that dead backends are marked in; usually it is the same server or its " +
        "master. The defaults are those of --read-redis-*.";

    private const string Read = "read-redis-";
    private const string Write = "write-redis-";

    /// <summary>Returns the flags that have an entry of their own.</summary>
    public static IEnumerable<Flag> Without(FlagTable table) => table.Flags.Where(flag => !IsTwin(flag));

    /// <summary>Returns the names of the twins with a placeholder: <c>write-redis-network</c> and so on.</summary>
    public static IReadOnlyList<string> NamesOf(FlagTable table) =>
        [.. table.Flags.Where(IsTwin).Select(flag => flag.Name)];

    /// <summary>Fails if a twin differs from the flag that documents describe in its place.</summary>
    public static void AssertAlike(FlagTable table)
    {
        foreach (var twin in table.Flags.Where(IsTwin))
        {
            Assert.That(table.TryFind(Read + twin.Name[Write.Length..], out var flag), twin.Name);
            Assert.That((twin.Default, twin.Value, twin.Kind), Is.EqualTo((flag!.Default, flag.Value, flag.Kind)));
        }
    }

    private static bool IsTwin(Flag flag) => flag.Name.StartsWith(Write, StringComparison.Ordinal);
}
