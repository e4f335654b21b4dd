using System.Buffers;

namespace Proxy.Core.Routing;

/// <summary>
/// Describes what is wrong with a stored route, and what to do about it, where requests would otherwise be lost
/// silently; null if nothing is wrong.
/// </summary>
internal static class InvalidRoute
{
    private static readonly SearchValues<char> NeverInHosts = SearchValues.Create("/?#@\\ \t\"<>");

    /// <summary>Checks the name, which follows <c>frontend:</c> in the key.</summary>
    public static string? InName(string name)
    {
        if (name.Length == 0) return "the key has no host, so no request uses it; add one";
        if (name.Contains("://", StringComparison.Ordinal))
        {
            var host = name[(name.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
            return $"a Host header has no scheme, so no request uses this key; use frontend:{host}";
        }

        if (name.AsSpan().ContainsAny(NeverInHosts))
            return "a Host header has neither a path nor spaces, so no request uses this key; use only the host";
        if (name.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            var effect = name[0] == '*' ? "no request uses it" : "only a Host header in this spelling uses it";
            return $"hosts are looked up in lower case, so {effect}; use frontend:{name.ToLowerInvariant()}";
        }

        return IsOddWildcard(name)
            ? "a wildcard is an asterisk in place of the first labels, as in *.example.com; correct it"
            : null;
    }

    /// <summary>Checks the list: the identifier, then the backends.</summary>
    public static string? InList(string name, string[] list)
    {
        if (list.Length == 0) return null;
        if (LooksLikeBackend(list[0], name))
        {
            return $"its first element \"{list[0]}\" looks like a backend but is the identifier, which the first " +
                $"element always is; insert one: redis-cli lpush frontend:{name} NAME";
        }

        if (list.Length == 1)
            return $"it has an identifier and no backend; add one: redis-cli rpush frontend:{name} http://HOST:PORT";
        if (list[0].Length == 0) return $"its identifier is empty; set one: redis-cli lset frontend:{name} 0 NAME";
        var unused = list.Skip(1).Select(UnusedPart).OfType<string>().ToArray();
        return unused.Length == 0 ? null
            : $"these parts of its backends are ignored, requests keep their own path: {string.Join(", ", unused)}";
    }

    // Names such as "www.example.com" and "app" are identifiers, and so is the frontend's own name.
    private static bool LooksLikeBackend(string first, string name)
    {
        if (first.Contains("://", StringComparison.Ordinal)) return true;
        var colon = first.LastIndexOf(':');
        return first != name && colon > 0 && ushort.TryParse(first.AsSpan(colon + 1), out _)
            && BackendUrl.Read(first).Fault is Failure.None;
    }

    private static string? UnusedPart(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        var authority = start < 0 ? 0 : start + 3;
        var end = url.AsSpan(authority).IndexOfAny('/', '?', '#');
        var rest = end < 0 ? "" : url[(authority + end)..];
        if (rest is not ("" or "/")) return $"\"{rest}\" of {url}";
        return url.IndexOf('@', authority) > 0 ? $"the user of \"{url[(url.IndexOf('@', authority) + 1)..]}\"" : null;
    }

    private static bool IsOddWildcard(string name) =>
        name.Contains('*') && name != "*"
        && !(name.StartsWith("*.", StringComparison.Ordinal) && name.LastIndexOf('*') == 0);
}
