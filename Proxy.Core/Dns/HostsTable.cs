using System.Net;

namespace Proxy.Core.Dns;

/// <summary>Names with fixed addresses, as in hosts(5).</summary>
internal sealed class HostsTable
{
    private readonly Dictionary<string, List<IPAddress>> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the file's text: an address, its names, and a comment on each line.</summary>
    public HostsTable(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var end = line.IndexOf('#');
            var words = (end < 0 ? line : line[..end]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out var ip)) continue;
            foreach (var name in words.AsSpan(1)) Add(name.TrimEnd('.'), ip);
        }
    }

    /// <summary>The addresses of a name on all lines; empty when there are none.</summary>
    public IPAddress[] Find(string name) =>
        _byName.TryGetValue(name.TrimEnd('.'), out var addresses) ? [.. addresses] : [];

    private void Add(string name, IPAddress ip)
    {
        if (!_byName.TryGetValue(name, out var addresses)) _byName[name] = addresses = [];
        if (!addresses.Contains(ip)) addresses.Add(ip);
    }
}
