using System.Buffers.Binary;
using static Proxy.Core.Tls.Handshake.HandshakeFields;

namespace Proxy.Core.Tls.Handshake;

/// <summary>
/// Determines whether a server resumes a session, which SslStream does not report: in plaintext, by the hello or by
/// what follows it.
/// </summary>
internal static class ServerHello
{
    /// <summary>The most that is read: a hello has some 80 to 200 bytes, and 1,200 with a post-quantum key.</summary>
    public const int BytesMax = 2 * 1024;

    private const byte ChangeCipherSpecRecord = 20;
    private const byte HelloMessage = 2;
    private const byte TicketMessage = 4;
    private const ushort PreSharedKey = 41;
    private const ushort SupportedVersions = 43;
    private const int VersionBytes = 2;
    private const int RandomBytes = 32;
    private const int ChoiceBytes = 2 + 1;

    // The SHA-256 of "HelloRetryRequest" in place of the random bytes: the hello proper comes later. RFC 8446 §4.1.3
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <summary>
    /// Reads whole records that a server sends before it waits for the client; null if they do not start with its
    /// hello.
    /// </summary>
    public static bool? IsResumed(ReadOnlySpan<byte> flight)
    {
        Span<byte> room = stackalloc byte[BytesMax];
        ReadOnlySpan<byte> messages = room[..Unwrap(ref flight, room)];
        if (messages is not [HelloMessage, ..]) return null;
        messages = messages[1..];
        if (!TryTake(ref messages, 3, out var hello)) return false;
        if (IsRetry(hello)) return null;
        var extensions = ExtensionsOf(hello);
        return TryFind(extensions, PreSharedKey, out _)
            || (!TryFind(extensions, SupportedVersions, out _) && IsShort(messages, flight));
    }

    // Copies the content of handshake records; the rest, or what finds no room, is left.
    private static int Unwrap(scoped ref ReadOnlySpan<byte> flight, scoped Span<byte> messages)
    {
        var total = 0;
        while (total < messages.Length && flight.Length >= RecordHeadBytes && flight[0] == HandshakeRecord)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(flight[3..]);
            flight = flight[RecordHeadBytes..];
            var taken = Math.Min(length, Math.Min(flight.Length, messages.Length - total));
            flight[..taken].CopyTo(messages[total..]);
            flight = flight[taken..];
            total += taken;
        }

        return total;
    }

    private static bool IsRetry(ReadOnlySpan<byte> hello) =>
        hello.Length >= VersionBytes + RandomBytes
        && hello.Slice(VersionBytes, RandomBytes).SequenceEqual(RetryRandom);

    // version(2) random(32) session-id<1> cipher-suite(2) compression(1) extensions<2>           RFC 8446 §4.1.3
    private static ReadOnlySpan<byte> ExtensionsOf(ReadOnlySpan<byte> hello)
    {
        if (hello.Length < VersionBytes + RandomBytes) return default;
        var rest = hello[(VersionBytes + RandomBytes)..];
        if (!TryTake(ref rest, 1, out _) || rest.Length < ChoiceBytes) return default;
        rest = rest[ChoiceBytes..];
        return TryTake(ref rest, 2, out var extensions) ? extensions : default;
    }

    // Before version 1.3 no certificate comes between the hello and the new keys, but perhaps a ticket. RFC 5077 §3.1
    private static bool IsShort(ReadOnlySpan<byte> messages, ReadOnlySpan<byte> behind) =>
        messages.IsEmpty ? behind is [ChangeCipherSpecRecord, ..] : messages[0] == TicketMessage;
}
