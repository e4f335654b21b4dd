using System.Text;

namespace Proxy.Core.Routing;

/// <summary>
/// The names under which a Host value may have a list, best first: as received, lower-cased without the trailing dot,
/// each with and then without port; then Hipache's wildcards, <c>*.b.c.d</c>, <c>*.c.d</c>, ..., <c>*</c>. An IPv6
/// address without port is looked up without its brackets first, as by the Go planb, and then with them.
/// </summary>
internal static class HostForms
{
    /// <summary>The most labels after the asterisk of a wildcard (Hipache's bound).</summary>
    private const int WildcardLabelsMax = 5;

    /// <summary>The most names a host can have.</summary>
    public const int CountMax = 4 + WildcardLabelsMax + 1;

    /// <summary>
    /// Returns the names for a Host value. Bytes are read as Latin-1, so that keys hold them unchanged.
    /// </summary>
    public static string[] Of(ReadOnlySpan<byte> host)
    {
        var names = new List<string>(CountMax);
        var received = Encoding.Latin1.GetString(host);
        Add(names, received);
        if (!AddAddress(names, received)) Add(names, WithoutPort(received));

        var normal = WithoutDot(received.ToLowerInvariant());
        Add(names, normal);
        if (!AddAddress(names, normal)) AddNameAndWildcards(names, WithoutDot(WithoutPort(normal)));
        Add(names, "*");
        return [.. names];
    }

    private static void Add(List<string> names, string name)
    {
        if (!names.Contains(name)) names.Add(name);
    }

    // An IPv6 address in brackets, with or without a port.
    private static bool AddAddress(List<string> names, string host)
    {
        var end = host.StartsWith('[') ? host.IndexOf(']') : -1;
        if (end < 0) return false;
        Add(names, host[1..end]);
        Add(names, host[..(end + 1)]);
        return true;
    }

    // The port's text is not checked: "one.com:abc" is one.com, as in the Go planb.
    private static string WithoutPort(string host)
    {
        var colon = host.IndexOf(':');
        return colon < 0 || colon != host.LastIndexOf(':') ? host : host[..colon];
    }

    // "one.com.:80" has its dot before the port.
    private static string WithoutDot(string host)
    {
        if (host.EndsWith('.')) return host[..^1];
        var colon = host.LastIndexOf(':');
        return colon > 0 && host[colon - 1] == '.' ? host.Remove(colon - 1, 1) : host;
    }

    private static void AddNameAndWildcards(List<string> names, string name)
    {
        Add(names, name);
        var labels = name.Contains(':') ? [] : name.Split('.');
        for (var i = Math.Max(1, labels.Length - WildcardLabelsMax); i < labels.Length; i++)
            Add(names, "*." + string.Join('.', labels[i..]));
    }
}
