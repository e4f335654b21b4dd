using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Transport.ProxyProtocol;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Core.Transport;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [.. "\r\n\r\n\0\r\nQUIT\n"u8];
    private static readonly byte[] V4 = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x67, 0x00, 0x50];

    private static readonly byte[] V6 =
    [
        .. IPAddress.Parse("2001:db8::7").GetAddressBytes(),
        .. IPAddress.IPv6Loopback.GetAddressBytes(),
        0x12, 0x67, 0, 80,
    ];

    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r\n", "192.0.2.1:4711")]
    [TestCase("PROXY TCP6 2001:db8::7 ::1 4711 80\r\n", "[2001:db8::7]:4711")]
    [TestCase("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [TestCase("PROXY UNKNOWN\r\n", null)]
    [TestCase("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null)]
    public void TextHeader_NamesTheSource(string header, string? source) =>
        Expect(Encoding.Latin1.GetBytes(header), source);

    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("PROXY  TCP4 192.0.2.1 198.51.100.2 4711 80\r\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 4711\r\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 4711 80 \r\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 4711 65536\r\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 04711 80\r\n")]
    [TestCase("PROXY TCP4 192.0.2.1 198.51.100.2 -1 80\r\n")]
    [TestCase("PROXY TCP4 192.0.2.256 198.51.100.2 4711 80\r\n")]
    [TestCase("PROXY TCP4 ::1 ::1 4711 80\r\n")]
    [TestCase("PROXY TCP6 192.0.2.1 192.0.2.1 4711 80\r\n")]
    [TestCase("PROXY TCP6 fe80::1%1 ::1 4711 80\r\n")]
    [TestCase("PROXY UDP4 192.0.2.1 198.51.100.2 4711 80\r\n")]
    [TestCase("PROXY UNKNOWNS\r\n")]
    [TestCase("PROXY\r\n")]
    [TestCase("proxy UNKNOWN\r\n")]
    [TestCase("\r\nPROXY UNKNOWN\r\n")]
    public void MalformedText_IsRefused(string header) => ExpectMalformed(Encoding.Latin1.GetBytes(header));

    [Test]
    public void TextLongerThanAny_IsRefused()
    {
        ExpectMalformed([.. "PROXY UNKNOWN "u8, .. new byte[200]]);
        ExpectMalformed([.. "PROXY UNKNOWN "u8, .. Enumerable.Repeat((byte)'x', 92), .. "\r\n"u8]);
        Expect([.. "PROXY UNKNOWN "u8, .. Enumerable.Repeat((byte)'x', 91), .. "\r\n"u8], null);
    }

    [Test]
    public void BinaryHeader_NamesTheSource()
    {
        Expect(Binary(0x21, 0x11, V4), "192.0.2.1:4711");
        Expect(Binary(0x21, 0x21, V6), "[2001:db8::7]:4711");
    }

    [Test]
    public void Tlvs_AreSkipped([Values(1, 300, 8_000)] int bytes)
    {
        Expect(Binary(0x21, 0x11, [.. V4, .. new byte[bytes]]), "192.0.2.1:4711");
        Expect(Binary(0x21, 0x21, [.. V6, .. new byte[bytes]]), "[2001:db8::7]:4711");
    }

    [TestCase(0x20, 0x00, 0)]
    [TestCase(0x20, 0x11, 12)]
    [TestCase(0x20, 0xFF, 3)]
    [TestCase(0x21, 0x00, 0)]
    [TestCase(0x21, 0x00, 50)]
    [TestCase(0x21, 0x12, 12)]
    [TestCase(0x21, 0x31, 216)]
    public void HeaderThatConcernsNoTcp_KeepsThePeer(int command, int kind, int bytes) =>
        Expect(Binary((byte)command, (byte)kind, new byte[bytes]), null);

    [TestCase(0x11, 0x11, 12, TestName = "Version1InBinary_IsRefused")]
    [TestCase(0x22, 0x11, 12, TestName = "UnknownCommand_IsRefused")]
    [TestCase(0x21, 0x41, 12, TestName = "UnknownFamily_IsRefused")]
    [TestCase(0x21, 0x10, 12, TestName = "TcpAddressesWithoutProtocol_AreRefused")]
    [TestCase(0x21, 0x11, 11, TestName = "ShortAddressesOfV4_AreRefused")]
    [TestCase(0x21, 0x21, 35, TestName = "ShortAddressesOfV6_AreRefused")]
    public void MalformedBinary_IsRefused(int command, int kind, int bytes) =>
        ExpectMalformed(Binary((byte)command, (byte)kind, new byte[bytes]));

    [Test]
    public void BinaryLongerThanTheBound_IsRefusedBeforeItHasCome() =>
        ExpectMalformed(Binary(0x21, 0x11, new byte[ProxyHeader.BytesMax])[..16]);

    [TestCaseSource(nameof(WholeHeaders))]
    public void EveryPrefix_IsIncomplete(byte[] header)
    {
        for (var length = 0; length < header.Length; length++)
        {
            var kind = ProxyHeader.Read(new ReadOnlySequence<byte>(header, 0, length), out _, out _);
            Assert.That(kind, Is.EqualTo(ProxyHeaderKind.Incomplete), $"{length} bytes");
        }
    }

    private static IEnumerable<byte[]> WholeHeaders() =>
    [
        [.. "PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r\n"u8],
        [.. "PROXY UNKNOWN\r\n"u8],
        Binary(0x21, 0x11, V4),
        Binary(0x21, 0x21, [.. V6, .. new byte[100]]),
        Binary(0x20, 0x00, []),
    ];

    // What follows the header belongs to the connection; nor does it matter how the bytes lie in memory.
    private static void Expect(byte[] header, string? source)
    {
        byte[] more = [.. header, .. "GET"u8];
        foreach (var received in (ReadOnlySequence<byte>[])[new(header), new(more), Segments.ByteByByte(more)])
        {
            var kind = ProxyHeader.Read(received, out var length, out var named);
            Assert.That(kind, Is.EqualTo(ProxyHeaderKind.Complete));
            Assert.That(length, Is.EqualTo(header.Length));
            Assert.That(named?.ToString(), Is.EqualTo(source));
        }
    }

    private static void ExpectMalformed(byte[] header) =>
        Assert.That(
            ProxyHeader.Read(new ReadOnlySequence<byte>(header), out _, out _), Is.EqualTo(ProxyHeaderKind.Malformed));

    private static byte[] Binary(byte command, byte kind, byte[] rest)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)rest.Length);
        return [.. Signature, command, kind, .. length, .. rest];
    }
}
