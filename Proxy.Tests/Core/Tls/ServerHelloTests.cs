using System.Security.Cryptography;
using NUnit.Framework;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Tests.Core.Tls;

/// <summary>What is read from a server's flight; those of real handshakes are read in ResumedSessionTests.</summary>
public sealed class ServerHelloTests
{
    private const byte Certificate = 11, Ticket = 4, Hello = 2;
    private const byte ChangeCipherSpec = 20, Alert = 21, Handshake = 22, Encrypted = 23;
    private static readonly byte[] Version13 = Extension(43, 3, 4);
    private static readonly byte[] KeyShare = Extension(51, new byte[36]);
    private static readonly byte[] PreSharedKey = Extension(41, 0, 0);
    private static readonly byte[] Renegotiation = Extension(0xff01, 0);
    private static readonly byte[] Retry = SHA256.HashData("HelloRetryRequest"u8);
    private static readonly byte[] ToNewKeys = Record(ChangeCipherSpec, 1);
    private static readonly byte[] Secret = Record(Encrypted, new byte[40]);

    private static readonly byte[] Whole13 =
        [.. Record(Handshake, HelloOf(Version13, KeyShare)), .. ToNewKeys, .. Secret];

    private static readonly byte[] Whole12 =
        [.. Record(Handshake, HelloOf(Renegotiation)), .. Record(Handshake, Message(Certificate, new byte[900]))];

    private static readonly byte[] Resumed13 =
        [.. Record(Handshake, HelloOf(Version13, KeyShare, PreSharedKey)), .. ToNewKeys, .. Secret];

    private static readonly byte[] Resumed12 =
        [.. Record(Handshake, HelloOf(Renegotiation)), .. ToNewKeys, .. Record(Handshake, new byte[40])];

    [Test]
    public void Flight_TellsWhetherItResumes() => Assert.Multiple(() =>
    {
        Assert.That(ServerHello.IsResumed(Whole13), Is.False);
        Assert.That(ServerHello.IsResumed(Whole12), Is.False);
        Assert.That(ServerHello.IsResumed(Resumed13), Is.True);
        Assert.That(ServerHello.IsResumed(Resumed12), Is.True);
    });

    [Test]
    public void NewTicketBeforeTheNewKeys_IsResumed()
    {
        byte[] messages = [.. HelloOf(), .. Message(Ticket, new byte[180])];
        Assert.That(ServerHello.IsResumed([.. Record(Handshake, messages), .. ToNewKeys]), Is.True);
    }

    [Test]
    public void HelloWithoutExtensions_IsAsGood()
    {
        var hello = Message(Hello, [3, 3, .. new byte[32], 0, 0xc0, 0x2b, 0]);
        Assert.That(ServerHello.IsResumed([.. Record(Handshake, hello), .. ToNewKeys]), Is.True);
        Assert.That(ServerHello.IsResumed(Record(Handshake, [.. hello, .. Message(Certificate)])), Is.False);
    }

    [Test]
    public void RetryRequest_TellsNothingYet() => Assert.That(
        ServerHello.IsResumed([.. Record(Handshake, HelloWith(Retry, Version13, KeyShare)), .. ToNewKeys]), Is.Null);

    [Test]
    public void SomethingElse_TellsNothing() => Assert.Multiple(() =>
    {
        Assert.That(ServerHello.IsResumed([]), Is.Null);
        Assert.That(ServerHello.IsResumed(Record(Alert, 2, 40)), Is.Null);
        Assert.That(ServerHello.IsResumed(Secret), Is.Null);
        Assert.That(ServerHello.IsResumed([.. ToNewKeys, .. Resumed13]), Is.Null);
        Assert.That(ServerHello.IsResumed(Record(Handshake, Message(Certificate))), Is.Null);
    });

    [Test]
    public void LongestHello_IsReadToItsEnd([Values] bool isTooLong)
    {
        const int headBytes = 4 + 2 + 32 + 3 + 3 + 2;
        var fill = ServerHello.BytesMax - headBytes - Version13.Length - PreSharedKey.Length - 4;
        var hello = HelloOf(Version13, Extension(51, new byte[isTooLong ? fill + 1 : fill]), PreSharedKey);
        Assert.That(ServerHello.IsResumed([.. Record(Handshake, hello), .. ToNewKeys]), Is.EqualTo(!isTooLong));
    }

    [Test]
    public void EverySplitIntoRecords_IsTheSame()
    {
        foreach (var flight in (byte[][])[Whole13, Whole12, Resumed13, Resumed12])
        {
            var length = flight[3] << 8 | flight[4];
            var hello = flight[5..(5 + length)];
            var expected = ServerHello.IsResumed(flight);
            for (var at = 0; at <= length; at++)
            {
                byte[] split = [.. Record(Handshake, hello[..at]), .. Record(Handshake, hello[at..])];
                byte[] bytes = [.. split, .. flight[(5 + length)..]];
                Assert.That(ServerHello.IsResumed(bytes), Is.EqualTo(expected), $"{at} bytes in the first");
            }
        }
    }

    [Test]
    public void EveryPrefixAndAnyByteChanged_IsJudgedWithoutFault()
    {
        var random = new Random(4711);
        foreach (var flight in (byte[][])[Whole13, Whole12, Resumed13, Resumed12])
        {
            for (var length = 0; length <= flight.Length; length++)
                Assert.That(() => ServerHello.IsResumed(flight.AsSpan(0, length)), Throws.Nothing);
            for (var round = 0; round < 2_000; round++)
            {
                byte[] bytes = [.. flight];
                for (var change = 0; change < 3; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                Assert.That(() => ServerHello.IsResumed(bytes), Throws.Nothing);
            }
        }
    }

    private static byte[] HelloOf(params byte[][] extensions) => HelloWith(new byte[32], extensions);

    private static byte[] HelloWith(byte[] random, params byte[][] extensions)
    {
        byte[] all = [.. extensions.SelectMany(extension => extension)];
        return Message(
            Hello, [3, 3, .. random, 2, 7, 7, 0x13, 1, 0, (byte)(all.Length >> 8), (byte)all.Length, .. all]);
    }

    private static byte[] Extension(int type, params byte[] bytes) =>
        [(byte)(type >> 8), (byte)type, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private static byte[] Message(byte type, params byte[] bytes) =>
        [type, 0, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private static byte[] Record(byte type, params byte[] bytes) =>
        [type, 3, 3, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
}
