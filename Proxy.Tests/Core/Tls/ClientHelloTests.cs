using System.Buffers;
using System.Net.Security;
using NUnit.Framework;
using Proxy.Core.Tls;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Tests.Core.Tls;

public class ClientHelloTests
{
    private static readonly byte[] Hello = HelloOf("www.Example.com");

    [Test]
    public void Hello_TellsTheServersNameAsSent()
    {
        Assert.That(Read(Hello, out var name), Is.EqualTo(HelloKind.Complete));
        Assert.That(name, Is.EqualTo("www.Example.com"));
    }

    [Test]
    public void HelloWithoutAName_IsComplete()
    {
        Assert.That(Read(HelloOf(""), out var name), Is.EqualTo(HelloKind.Complete));
        Assert.That(name, Is.Empty);
    }

    [Test]
    public void EveryPrefix_IsIncomplete()
    {
        for (var length = 0; length < Hello.Length; length++)
            Assert.That(Read(Hello[..length], out _), Is.EqualTo(HelloKind.Incomplete), $"{length} bytes");
    }

    [Test]
    public void EverySplitIntoSegments_IsTheSame()
    {
        for (var at = 1; at < Hello.Length; at++)
        {
            var first = new Segment(Hello.AsMemory(0, at), null);
            var last = new Segment(Hello.AsMemory(at), first);
            var sequence = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
            Assert.That(ClientHello.Read(sequence, out var name), Is.EqualTo(HelloKind.Complete));
            Assert.That(name, Is.EqualTo("www.Example.com"));
        }
    }

    [Test]
    public void EverySplitIntoRecords_IsTheSame()
    {
        for (var at = 1; at < Hello.Length - 5; at++)
        {
            var rest = Hello.Length - 5 - at;
            byte[] records =
            [
                .. Hello[..3], (byte)(at >> 8), (byte)at, .. Hello[5..(5 + at)],
                .. Hello[..3], (byte)(rest >> 8), (byte)rest, .. Hello[(5 + at)..],
            ];
            Assert.That(Read(records, out var name), Is.EqualTo(HelloKind.Complete), $"{at} bytes in the first");
            Assert.That(name, Is.EqualTo("www.Example.com"));
        }
    }

    [TestCase("GET / HTTP/1.1\r\n")]
    [TestCase("\x80\x2e\x01")]
    [TestCase("\x16\x02\x00\x00\x05aaaaa")]
    [TestCase("\x16\x03\x01\x00\x04\x02\x00\x00\x00")]
    public void SomethingElse_IsNotTls(string bytes) =>
        Assert.That(Read(System.Text.Encoding.Latin1.GetBytes(bytes), out _), Is.EqualTo(HelloKind.NotTls));

    [Test]
    public void HelloThatNeverEnds_IsTooLarge()
    {
        var bytes = new byte[ClientHello.BytesMax + 1000];
        for (var at = 0; at + 5 < bytes.Length; at += 5 + 0x4000)
            new byte[] { 22, 3, 1, 0x40, 0 }.CopyTo(bytes, at);
        new byte[] { 1, 0xff, 0xff, 0xff }.CopyTo(bytes, 5);
        Assert.That(Read(bytes, out _), Is.EqualTo(HelloKind.TooLarge));
    }

    [Test]
    public void AnyByteChanged_IsJudgedWithoutFault()
    {
        var random = new Random(4711);
        for (var round = 0; round < 5000; round++)
        {
            byte[] bytes = [.. Hello];
            for (var change = 0; change < 3; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Assert.That(() => Read(bytes, out _), Throws.Nothing);
        }
    }

    private static HelloKind Read(byte[] bytes, out string name) =>
        ClientHello.Read(new ReadOnlySequence<byte>(bytes), out name);

    private static byte[] HelloOf(string name)
    {
        var wire = new StalledStream(default);
        using var client = new SslStream(wire);
        _ = client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name });
        return wire.FirstWritten!;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            before.Next = this;
            RunningIndex = before.RunningIndex + before.Memory.Length;
        }
    }
}
