using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Proxy.Host.CommandLine;

/// <summary>An address as <c>HOST:PORT</c>, <c>[IPV6]:PORT</c> or, to listen on, <c>:PORT</c>.</summary>
internal static class HostAndPort
{
    // 253 and a dot at the end (RFC 1035 §2.3.4); .NET does not resolve longer names.
    private const int NameCharactersMax = 254;

    /// <summary>
    /// Reads an address to listen on. As in Go, no host and <c>0.0.0.0</c> both mean every address of the machine, also
    /// by IPv6 if it is available: the listener of <see cref="IPAddress.IPv6Any"/> has to be dual-stack.
    /// </summary>
    public static bool TryListenOn(string text, [NotNullWhen(true)] out EndPoint? endpoint)
    {
        endpoint = null;
        if (!TrySplit(text, out var host, out var port)) return false;
        endpoint = EndPointOf(host.Length == 0 ? "0.0.0.0" : host, port);
        if (endpoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6)
            endpoint = new IPEndPoint(IPAddress.IPv6Any, port);
        return true;
    }

    /// <summary>Reads an address to connect to, which needs a host and a port other than 0.</summary>
    public static bool TryConnectTo(string text, [NotNullWhen(true)] out DnsEndPoint? endpoint)
    {
        var valid = TrySplit(text, out var host, out var port) && host.Length > 0 && port > 0;
        endpoint = valid ? new DnsEndPoint(host, port) : null;
        return valid;
    }

    /// <summary>Returns an address to bind; of several addresses of a name, an IPv4 one if possible.</summary>
    /// <exception cref="SocketException">The name cannot be resolved.</exception>
    public static async Task<IPEndPoint> ResolveAsync(EndPoint endpoint)
    {
        if (endpoint is not DnsEndPoint name) return (IPEndPoint)endpoint;
        var addresses = await Dns.GetHostAddressesAsync(name.Host);
        var preferred = Array.Find(addresses, ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new IPEndPoint(preferred, name.Port);
    }

    /// <summary>
    /// Returns the address to listen on that was probably meant by a port alone or a URL, as an addition to an error;
    /// empty when there is none.
    /// </summary>
    public static string Suggestion(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var meant = scheme > 0 ? text[(scheme + 3)..].TrimEnd('/') : ":" + text;
        return TryListenOn(meant, out _) ? $" (did you mean {meant}?)" : "";
    }

    /// <summary>Returns whether a text is an IP address or has the form of a name.</summary>
    public static bool IsHost(string text) => IPAddress.TryParse(text, out _) ||
        (text.Length is > 0 and <= NameCharactersMax && !text.AsSpan().ContainsAny(NoPartOfName));

    /// <summary>Returns an endpoint as it would be typed.</summary>
    public static string TextOf(EndPoint endpoint) =>
        endpoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{endpoint}";

    public static EndPoint EndPointOf(string host, int port) =>
        IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

    private static bool TrySplit(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        host = colon < 0 ? text : text[..colon];
        port = 0;
        if (colon < 0 || !TryPort(text.AsSpan(colon + 1), out port)) return false;
        if (host.Length == 0) return true;

        if (host[0] != '[') return !host.Contains(':') && IsHost(host);
        if (host[^1] != ']') return false;
        host = host[1..^1];
        return IPAddress.TryParse(host, out var address) && address.AddressFamily is AddressFamily.InterNetworkV6;
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;

    private static readonly SearchValues<char> NoPartOfName =
        SearchValues.Create(" \t\r\n/:[]@,\"'");
}
