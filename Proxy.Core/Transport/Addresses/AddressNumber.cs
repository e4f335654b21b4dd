using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Addresses;

/// <summary>
/// An IP address as a number of 128 bits, an IPv4 one in its IPv6 form (RFC 4291 §2.5.5.2), so that addresses can be
/// read and compared without an object each.
/// </summary>
public static class AddressNumber
{
    private const int Groups = 8;
    private const int GroupBits = 16;

    /// <summary>Returns the number of an address, without its zone.</summary>
    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var mapped = address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address;
        mapped.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Parses <c>192.0.2.1</c> or <c>2001:db8::1</c> and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 number) =>
        text.Contains((byte)':') ? TryParseV6(text, out number) : TryParseMapped(text, out number);

    private static bool TryParseMapped(ReadOnlySpan<byte> text, out UInt128 number)
    {
        var isRead = TryParseV4(text, out var low);
        number = new UInt128(0, 0xFFFF_0000_0000UL | low);
        return isRead;
    }

    // IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet                         RFC 3986 §3.2.2
    private static bool TryParseV4(ReadOnlySpan<byte> text, out uint number)
    {
        number = 0;
        for (var octet = 0; octet < 4; octet++)
        {
            var dot = octet == 3 ? text.Length : text.IndexOf((byte)'.');
            if (dot is < 1 or > 3 || (dot > 1 && text[0] == '0')) return false;
            if (!byte.TryParse(text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return false;
            number = number << 8 | value;
            text = text[Math.Min(dot + 1, text.Length)..];
        }

        return true;
    }

    // The one "::" stands for as many groups of zeros as are needed, at least one.
    private static bool TryParseV6(ReadOnlySpan<byte> text, out UInt128 number)
    {
        var gap = text.IndexOf("::"u8);
        if (gap < 0) return TryParseGroups(text, out number, out var all) && all == Groups;
        number = 0;
        if (!TryParseGroups(text[..gap], out var high, out var before)) return false;
        if (!TryParseGroups(text[(gap + 2)..], out var low, out var behind)) return false;
        if (before + behind >= Groups) return false;
        if (before > 0) number = high << (GroupBits * (Groups - before));
        number |= low;
        return true;
    }

    private static bool TryParseGroups(ReadOnlySpan<byte> text, out UInt128 number, out int count)
    {
        (number, count) = (0, 0);
        while (!text.IsEmpty)
        {
            var colon = text.IndexOf((byte)':');
            var group = colon < 0 ? text : text[..colon];
            if (colon == text.Length - 1 || count == Groups) return false;
            if (colon < 0 && group.Contains((byte)'.'))
            {
                count += 2;
                if (!TryParseV4(group, out var v4) || count > Groups) return false;
                number = number << 32 | v4;
                return true;
            }

            if (group.Length > 4) return false;
            if (!ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                return false;
            number = number << GroupBits | value;
            count++;
            text = colon < 0 ? default : text[(colon + 1)..];
        }

        return true;
    }
}
