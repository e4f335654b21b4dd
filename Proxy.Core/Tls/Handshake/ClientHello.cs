using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using static Proxy.Core.Tls.Handshake.HandshakeFields;

namespace Proxy.Core.Tls.Handshake;

/// <summary>The kinds of first bytes of a client.</summary>
internal enum HelloKind
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>A whole ClientHello.</summary>
    Complete,

    /// <summary>Something other than TLS.</summary>
    NotTls,

    /// <summary>TLS, but longer than any client's hello.</summary>
    TooLarge,
}

/// <summary>
/// Reads the server name from a ClientHello, which may span records, without consuming it. The handshake itself checks
/// whether the rest is well-formed.
/// </summary>
internal static class ClientHello
{
    /// <summary>The longest ClientHello that is accepted; real ones have 200 to 2,000 bytes.</summary>
    public const int BytesMax = 32 * 1024;

    private const byte ClientHelloMessage = 1;
    private const ushort ServerName = 0;

    /// <summary>Returns the name as sent, or empty if there is none.</summary>
    public static HelloKind Read(in ReadOnlySequence<byte> received, out string serverName)
    {
        serverName = "";
        if (received.IsEmpty) return HelloKind.Incomplete;
        if (received.FirstSpan[0] != HandshakeRecord) return HelloKind.NotTls;
        var bytes = received.Length > BytesMax ? received.Slice(0, BytesMax) : received;
        var message = ArrayPool<byte>.Shared.Rent((int)bytes.Length);
        try
        {
            var length = Unwrap(bytes, message);
            if (length < 0) return HelloKind.NotTls;
            var isWhole = length >= MessageHeadBytes && length >= MessageHeadBytes + UInt24(message.AsSpan(1));
            if (!isWhole) return bytes.Length == BytesMax ? HelloKind.TooLarge : HelloKind.Incomplete;
            if (message[0] != ClientHelloMessage) return HelloKind.NotTls;
            var body = message.AsSpan(MessageHeadBytes, UInt24(message.AsSpan(1)));
            serverName = NameIn(body);
            return HelloKind.Complete;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    // Copies the content of the records, as far as it has arrived; negative if one of them is no handshake record.
    private static int Unwrap(in ReadOnlySequence<byte> bytes, Span<byte> message)
    {
        var reader = new SequenceReader<byte>(bytes);
        Span<byte> head = stackalloc byte[RecordHeadBytes];
        var total = 0;
        while (reader.TryCopyTo(head))
        {
            if (head[0] != HandshakeRecord || head[1] != 3) return -1;
            reader.Advance(RecordHeadBytes);
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt16BigEndian(head[3..]), reader.Remaining);
            reader.TryCopyTo(message.Slice(total, length));
            reader.Advance(length);
            total += length;
            if (total >= MessageHeadBytes && total >= MessageHeadBytes + UInt24(message[1..])) break;
        }

        return total;
    }

    // version(2) random(32) session-id<1> cipher-suites<2> compression<1> extensions<2>           RFC 8446 §4.1.2
    private static string NameIn(ReadOnlySpan<byte> hello)
    {
        const int FixedBytes = 2 + 32;
        if (hello.Length < FixedBytes) return "";
        var rest = hello[FixedBytes..];
        return TryTake(ref rest, 1, out _) && TryTake(ref rest, 2, out _) && TryTake(ref rest, 1, out _)
            && TryTake(ref rest, 2, out var extensions) && TryFind(extensions, ServerName, out var name)
            ? HostNameIn(name)
            : "";
    }

    // server-name-list<2> of: type(1) name<2>; type 0 is a host name                                 RFC 6066 §3
    private static string HostNameIn(ReadOnlySpan<byte> extension)
    {
        if (!TryTake(ref extension, 2, out var list) || list is not [0, ..]) return "";
        list = list[1..];
        return TryTake(ref list, 2, out var name) ? Encoding.Latin1.GetString(name) : "";
    }
}
