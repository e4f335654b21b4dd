using System.Buffers;

namespace Proxy.Core.Dns;

/// <summary>The syntax of host names (RFC 1035 §2.3.4, RFC 1123 §2.1).</summary>
internal static class HostName
{
    private const int NameCharactersMax = 253;
    private const int LabelCharactersMax = 63;
    private const int AddressPartsMax = 4;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// Returns whether a name server may know it. Numbers alone are an address in an old notation (<c>0x7f.1</c>),
    /// which getaddrinfo would accept and nothing else expects.
    /// </summary>
    public static bool IsValid(string host)
    {
        var name = host.AsSpan();
        if (name.EndsWith('.')) name = name[..^1];
        if (name.Length is 0 or > NameCharactersMax) return false;
        var (labels, numbers) = (0, 0);
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > LabelCharactersMax || label.ContainsAnyExcept(Characters)) return false;
            labels++;
            if (IsNumber(label)) numbers++;
        }

        return numbers < labels || labels > AddressPartsMax;
    }

    /// <summary>
    /// The names one level up, which often have the same owner and name servers: <c>b.c</c> of <c>a.b.c</c>, but the
    /// name itself where only the top-level domain would be left.
    /// </summary>
    public static string ZoneOf(string name)
    {
        var end = name.EndsWith('.') ? name.Length - 1 : name.Length;
        var first = name.IndexOf('.');
        return first < 0 || name.IndexOf('.', first + 1) is var second && (second < 0 || second >= end)
            ? name
            : name[(first + 1)..];
    }

    private static bool IsNumber(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9')
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && !label[2..].ContainsAnyExcept(HexDigits));
}
