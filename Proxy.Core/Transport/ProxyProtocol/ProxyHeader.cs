using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport.ProxyProtocol;

/// <summary>The kinds of first bytes of a connection.</summary>
internal enum ProxyHeaderKind
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>A whole header.</summary>
    Complete,

    /// <summary>No header, or a malformed one.</summary>
    Malformed,
}

/// <summary>
/// Parses the header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt §2.1, §2.2), which names the
/// source of a connection.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>The longest header that is accepted: version 2 may carry TLVs of any size.</summary>
    public const int BytesMax = 8 * 1024;

    private const int TextBytesMax = 107;
    private const int FixedBytes = 16;
    private const int Local = 0x20, Proxied = 0x21;
    private const int Unspecified = 0x00, Tcp4 = 0x11, Tcp6 = 0x21;
    private static readonly byte[] OtherKinds = [0x12, 0x22, 0x31, 0x32];

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// Parses the header at the start of the buffer: its <paramref name="length"/>, and the <paramref name="source"/>
    /// it names, which is null if it names none for TCP.
    /// </summary>
    public static ProxyHeaderKind Read(in ReadOnlySequence<byte> received, out int length, out IPEndPoint? source)
    {
        (length, source) = (0, null);
        Span<byte> start = stackalloc byte[TextBytesMax];
        start = start[..(int)Math.Min(received.Length, TextBytesMax)];
        received.Slice(0, start.Length).CopyTo(start);
        if (start.IsEmpty) return ProxyHeaderKind.Incomplete;
        return start[0] == Signature[0]
            ? ReadBinary(received, start, out length, out source)
            : ReadText(start, out length, out source);
    }

    private static ProxyHeaderKind ReadText(ReadOnlySpan<byte> start, out int length, out IPEndPoint? source)
    {
        (length, source) = (0, null);
        var known = Math.Min(start.Length, "PROXY "u8.Length);
        if (!start[..known].SequenceEqual("PROXY "u8[..known])) return ProxyHeaderKind.Malformed;
        var end = start.IndexOf((byte)'\n');
        if (end < 0) return start.Length < TextBytesMax ? ProxyHeaderKind.Incomplete : ProxyHeaderKind.Malformed;
        length = end + 1;
        if (start[end - 1] != '\r') return ProxyHeaderKind.Malformed;
        return TryReadWords(start["PROXY "u8.Length..(end - 1)], out source)
            ? ProxyHeaderKind.Complete
            : ProxyHeaderKind.Malformed;
    }

    // PROXY UNKNOWN ... , PROXY TCP4|TCP6 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT
    private static bool TryReadWords(ReadOnlySpan<byte> line, out IPEndPoint? source)
    {
        source = null;
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8)) return true;
        var words = Encoding.Latin1.GetString(line).Split(' ');
        if (words is not [("TCP4" or "TCP6") and var family, var from, var to, var fromPort, var toPort]) return false;
        if (!IsAddress(from, family) || !IsAddress(to, family)) return false;
        if (!IsPort(fromPort, out var port) || !IsPort(toPort, out _)) return false;
        source = new IPEndPoint(IPAddress.Parse(from), port);
        return true;
    }

    private static bool IsAddress(string text, string family) =>
        text.Contains(':') == (family == "TCP6") && AddressNumber.TryParse(Encoding.Latin1.GetBytes(text), out _);

    private static bool IsPort(string text, out int port)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        return isNumber && port <= ushort.MaxValue && (text.Length == 1 || text[0] != '0');
    }

    // signature(12) version-and-command(1) family-and-protocol(1) length(2) addresses TLVs
    private static ProxyHeaderKind ReadBinary(
        in ReadOnlySequence<byte> received, ReadOnlySpan<byte> start, out int length, out IPEndPoint? source)
    {
        (length, source) = (0, null);
        var known = Math.Min(start.Length, Signature.Length);
        if (!start[..known].SequenceEqual(Signature[..known])) return ProxyHeaderKind.Malformed;
        if (start.Length < FixedBytes) return ProxyHeaderKind.Incomplete;
        var (command, kind) = (start[12], start[13]);
        length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        if (command is not (Local or Proxied) || length > BytesMax) return ProxyHeaderKind.Malformed;
        if (received.Length < length) return ProxyHeaderKind.Incomplete;
        if (command == Local) return ProxyHeaderKind.Complete;
        return TryReadSource(kind, start[FixedBytes..Math.Min(length, start.Length)], out source)
            ? ProxyHeaderKind.Complete
            : ProxyHeaderKind.Malformed;
    }

    // Both addresses, then both ports; the TLVs that follow are ignored.
    private static bool TryReadSource(byte kind, ReadOnlySpan<byte> addresses, out IPEndPoint? source)
    {
        source = null;
        var addressBytes = kind switch { Tcp4 => 4, Tcp6 => 16, _ => 0 };
        if (addressBytes == 0) return kind == Unspecified || OtherKinds.Contains(kind);
        if (addresses.Length < 2 * addressBytes + 4) return false;
        source = new IPEndPoint(
            new IPAddress(addresses[..addressBytes]),
            BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * addressBytes)..]));
        return true;
    }
}
