using System.Buffers;
using System.Net;

namespace Proxy.Http.Messages;

/// <summary>
/// <c>Host = uri-host [ ":" port ]</c> (RFC 9110 §7.2, RFC 3986 §3.2.2): one host, at most one port of digits, no
/// user information, nothing above 0x7F.
/// </summary>
internal static class HostSyntax
{
    private const int PortDigitsMax = 5;

    // unreserved / sub-delims; percent-encoding is checked separately
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        "-._~!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Returns whether a Host value is valid.</summary>
    public static bool IsValid(ReadOnlySpan<byte> host)
    {
        var name = host;
        if (host.StartsWith("["u8))
        {
            var end = host.IndexOf((byte)']');
            return end > 0 && IsAddress(host[1..end]) && IsPort(host[(end + 1)..]);
        }

        var colon = host.IndexOf((byte)':');
        if (colon >= 0)
        {
            name = host[..colon];
            if (name.IsEmpty || !IsPort(host[colon..])) return false;
        }

        return IsName(name);
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        while (true)
        {
            var odd = name.IndexOfAnyExcept(NameBytes);
            if (odd < 0) return true;
            if (name[odd] != '%' || odd + 2 >= name.Length) return false;
            if (!char.IsAsciiHexDigit((char)name[odd + 1]) || !char.IsAsciiHexDigit((char)name[odd + 2])) return false;
            name = name[(odd + 3)..];
        }
    }

    // IPv6address, without a zone; without a colon it would be an IPv4 address
    private static bool IsAddress(ReadOnlySpan<byte> address) =>
        address.Contains((byte)':') && !address.Contains((byte)'%') && IPAddress.IsValidUtf8(address);

    private static bool IsPort(ReadOnlySpan<byte> port) =>
        port.IsEmpty ||
        (port[0] == ':' && port.Length <= PortDigitsMax + 1 &&
            !port[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));
}
