using System.Buffers;
using System.Globalization;
using System.Net;

namespace Proxy.Core.Routing;

/// <summary>
/// Parses the stored form of a backend: <c>http(s)://host[:port]</c>, or <c>host[:port]</c> for short. Path, query and
/// user-info are ignored, as the Go planb does.
/// </summary>
internal static class BackendUrl
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    private static readonly SearchValues<char> AuthorityEnds = SearchValues.Create("/?#");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~");

    /// <summary>Returns the address, or what is wrong.</summary>
    public static (BackendAddress? Address, Failure Fault) Read(string url)
    {
        var isTls = false;
        ReadOnlySpan<char> rest = url;
        var schemeEnd = rest.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd > 0 && IsScheme(rest[..schemeEnd]))
        {
            var scheme = rest[..schemeEnd];
            isTls = scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
            if (!isTls && !scheme.Equals("http", StringComparison.OrdinalIgnoreCase))
                return (null, Failure.BackendSchemeUnsupported);
            rest = rest[(schemeEnd + 3)..];
        }
        return Authority(rest, isTls);
    }

    // scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )                                         RFC 3986 §3.1
    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return false;
        return true;
    }

    // authority = [ userinfo "@" ] host [ ":" port ]                                              RFC 3986 §3.2
    private static (BackendAddress? Address, Failure Fault) Authority(ReadOnlySpan<char> text, bool isTls)
    {
        var end = text.IndexOfAny(AuthorityEnds);
        if (end >= 0) text = text[..end];
        text = text[(text.LastIndexOf('@') + 1)..];

        var isBracketed = text.StartsWith('[');
        var hostEnd = isBracketed ? text.IndexOf(']') + 1 : text.IndexOf(':');
        if (isBracketed && hostEnd == 0) return (null, Failure.BackendUnreachable);
        if (!isBracketed && hostEnd < 0) hostEnd = text.Length;

        var host = isBracketed ? text[1..(hostEnd - 1)] : text[..hostEnd];
        if (host.IsEmpty) return (null, Failure.NoRoute);
        if (!TryPort(text[hostEnd..], isTls, out var port)) return (null, Failure.BackendUnreachable);

        var ip = isBracketed ? IPv6(host) : IPv4(host);
        if (ip is null && (isBracketed || host.ContainsAnyExcept(NameCharacters)))
            return (null, Failure.BackendUnreachable);
        return (new BackendAddress(host.ToString(), port, isTls, ip), Failure.None);
    }

    private static bool TryPort(ReadOnlySpan<char> text, bool isTls, out int port)
    {
        port = isTls ? HttpsPort : HttpPort;
        if (text.IsEmpty) return true;
        if (text[0] != ':') return false;
        if (text.Length == 1) return true;
        return int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= IPEndPoint.MaxPort;
    }

    // IPAddress.TryParse also accepts "1", "0x7f.1" and octal, which are names everywhere else.
    private static IPAddress? IPv4(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var part in text.Split('.'))
        {
            var digits = text[part];
            if (digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9')) return null;
            if (digits.Length > 1 && digits[0] == '0') return null;
            parts++;
        }
        return parts == 4 && IPAddress.TryParse(text, out var ip) ? ip : null;
    }

    // A zone is written "%25eth0" in a URL (RFC 6874).
    private static IPAddress? IPv6(ReadOnlySpan<char> text) =>
        text.Contains(':') && IPAddress.TryParse(Unescaped(text), out var ip) ? ip : null;

    private static string Unescaped(ReadOnlySpan<char> text) =>
        text.ToString().Replace("%25", "%", StringComparison.Ordinal);
}
