using System.Text;

namespace Proxy.Core.Routing;

/// <summary>
/// The names under which a Host value may have a list, best first: as received, lower-cased without the trailing dot,
/// each with and then without port; then Hipache's wildcards, <c>*.b.c.d</c>, <c>*.c.d</c>, ..., <c>*</c>.
/// </summary>
internal static class HostForms
{
    /// <summary>The most labels behind the asterisk of a wildcard (Hipache's bound).</summary>
    private const int WildcardLabelsMax = 5;

    /// <summary>The most names a host can have.</summary>
    public const int CountMax = 4 + WildcardLabelsMax + 1;

    /// <summary>The names for a Host value. Bytes are taken as Latin-1, so that keys hold them unchanged.</summary>
    public static string[] Of(ReadOnlySpan<byte> host)
    {
        var names = new List<string>(CountMax);
        var received = Encoding.Latin1.GetString(host);
        Add(names, received);
        Add(names, WithoutPort(received));

        var normal = WithoutDot(received.ToLowerInvariant());
        Add(names, normal);
        var name = WithoutDot(WithoutPort(normal));
        Add(names, name);
        AddWildcards(names, name);
        return [.. names];
    }

    private static void Add(List<string> names, string name)
    {
        if (!names.Contains(name)) names.Add(name);
    }

    // The port's text is not checked: "one.com:abc" is one.com, as in the Go planb. Brackets go with the port.
    private static string WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        if (colon < 0 || host.EndsWith(']')) return host;
        var name = host[..colon];
        if (name.StartsWith('[') && name.EndsWith(']')) return name[1..^1];
        return name.Contains(':') ? host : name;
    }

    // "one.com.:80" has its dot before the port.
    private static string WithoutDot(string host)
    {
        if (host.EndsWith('.')) return host[..^1];
        var colon = host.LastIndexOf(':');
        return colon > 0 && host[colon - 1] == '.' ? host.Remove(colon - 1, 1) : host;
    }

    private static void AddWildcards(List<string> names, string name)
    {
        var isAddress = name.Contains(':');
        var labels = isAddress ? [] : name.Split('.');
        for (var i = Math.Max(1, labels.Length - WildcardLabelsMax); i < labels.Length; i++)
            Add(names, "*." + string.Join('.', labels[i..]));
        Add(names, "*");
    }
}
