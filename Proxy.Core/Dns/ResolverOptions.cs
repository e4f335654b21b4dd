using System.Globalization;
using System.Net;

namespace Proxy.Core.Dns;

/// <summary>The content of resolv.conf(5): name servers, search domains and options.</summary>
internal sealed record ResolverOptions
{
    private const int ServersMax = 3;
    private const int SearchMax = 32;
    private const int NdotsMax = 15;
    private const int TrySecondsMax = 30;
    private const int AttemptsMax = 5;

    /// <summary>The name servers, in the order in which they are queried.</summary>
    public required IReadOnlyList<IPAddress> Servers { get; init; }

    /// <summary>Domains that are appended to short names.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>A name with at least this many dots is tried as it is before search domains are appended.</summary>
    public int Ndots { get; init; } = 1;

    /// <summary>
    /// How long one name server may take for one try. The default is shorter than glibc's 5 s: a lost datagram must
    /// not make requests wait that long.
    /// </summary>
    public TimeSpan TryTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often all name servers are queried.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Whether each look-up starts with the next name server.</summary>
    public bool IsRotating { get; init; }

    /// <summary>Whether name servers are queried by TCP only.</summary>
    public bool UsesTcp { get; init; }

    /// <summary>Whether larger responses by UDP are accepted (RFC 6891).</summary>
    public bool UsesEdns { get; init; }

    /// <summary>Whether IPv6 addresses are not queried.</summary>
    public bool IsWithoutIPv6 { get; init; }

    /// <summary>Reads the file's text. Unknown parts are skipped, as by the C library.</summary>
    /// <param name="text">The text; empty when there is no file.</param>
    /// <param name="machine">The full name of this machine, whose domain is searched by default.</param>
    public static ResolverOptions Parse(string text, string machine)
    {
        var servers = new List<IPAddress>();
        var dot = machine.IndexOf('.');
        string[] search = dot < 0 ? [] : [machine[(dot + 1)..]];
        var options = new ResolverOptions { Servers = servers };
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith('#') || line.StartsWith(';')) continue;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var keyword, .. { Length: > 0 } values]) continue;
            if (keyword == "nameserver" && servers.Count < ServersMax && IPAddress.TryParse(values[0], out var ip))
                servers.Add(ip);
            if (keyword == "domain") search = [values[0]];
            if (keyword == "search") search = values[..Math.Min(values.Length, SearchMax)];
            if (keyword == "options") options = values.Aggregate(options, With);
        }

        if (servers.Count == 0) servers.Add(IPAddress.Loopback);
        return options with { Search = [.. search.Select(domain => domain.Trim('.')).Where(d => d.Length > 0)] };
    }

    /// <summary>Returns the full names that a name may mean, in the order in which they are queried.</summary>
    public IEnumerable<string> NamesFor(string name)
    {
        if (name.EndsWith('.')) return [name];
        var suffixed = Search.Select(domain => $"{name}.{domain}.");
        return name.AsSpan().Count('.') >= Ndots ? [name + ".", .. suffixed] : [.. suffixed, name + "."];
    }

    private static ResolverOptions With(ResolverOptions options, string option)
    {
        var colon = option.IndexOf(':');
        var name = colon < 0 ? option : option[..colon];
        var isNumber = int.TryParse(option.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var number);
        return name switch
        {
            "ndots" when isNumber => options with { Ndots = Math.Clamp(number, 0, NdotsMax) },
            "timeout" when isNumber =>
                options with { TryTime = TimeSpan.FromSeconds(Math.Clamp(number, 1, TrySecondsMax)) },
            "attempts" when isNumber => options with { Attempts = Math.Clamp(number, 1, AttemptsMax) },
            "rotate" => options with { IsRotating = true },
            "use-vc" => options with { UsesTcp = true },
            "edns0" => options with { UsesEdns = true },
            "no-aaaa" => options with { IsWithoutIPv6 = true },
            _ => options,
        };
    }
}
