using System.Buffers.Binary;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Reads parts of handshakes (RFC 8446 §4, RFC 5246 §7.4). Whatever the bytes are, a part lies within them.
/// </summary>
internal static class HandshakeFields
{
    /// <summary>Type, version and length of a record.</summary>
    public const int RecordHeadBytes = 5;

    /// <summary>Type and length of a message.</summary>
    public const int MessageHeadBytes = 4;

    /// <summary>The type of records that carry a handshake in plaintext.</summary>
    public const byte HandshakeRecord = 22;

    /// <summary>Takes a field with a length prefix of one, two or three bytes.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, int lengthBytes, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (rest.Length < lengthBytes) return false;
        var length = lengthBytes switch
        {
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
            _ => UInt24(rest),
        };
        if (rest.Length - lengthBytes < length) return false;
        field = rest.Slice(lengthBytes, length);
        rest = rest[(lengthBytes + length)..];
        return true;
    }

    /// <summary>Finds the first extension of a type among all extensions of a hello.</summary>
    public static bool TryFind(ReadOnlySpan<byte> extensions, ushort type, out ReadOnlySpan<byte> extension)
    {
        extension = default;
        while (extensions.Length >= 2)
        {
            var isIt = BinaryPrimitives.ReadUInt16BigEndian(extensions) == type;
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out extension)) return false;
            if (isIt) return true;
        }

        return false;
    }

    /// <summary>Returns a number of three bytes.</summary>
    public static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] << 16 | bytes[1] << 8 | bytes[2];
}
