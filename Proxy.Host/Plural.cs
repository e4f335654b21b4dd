using System.Globalization;

namespace Proxy.Host;

/// <summary>A number with its noun: <c>1 request</c>, <c>2 requests</c>.</summary>
internal static class Plural
{
    public static string Of(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
