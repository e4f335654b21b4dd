using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http.Messages;

/// <summary>RFC 9112 §6: what could be read in two ways is refused.</summary>
internal sealed class RequestFramingTests
{
    [TestCase("A: b", BodyKind.None, 0)]
    [TestCase("Content-Length: 0", BodyKind.None, 0)]
    [TestCase("Content-Length: 5", BodyKind.Length, 5)]
    [TestCase("Content-Length:5", BodyKind.Length, 5)]
    [TestCase("CONTENT-LENGTH:\t 5 \t", BodyKind.Length, 5)]
    [TestCase("content-length: 0005", BodyKind.Length, 5)]
    [TestCase("Content-Length: 999999999999999999", BodyKind.Length, 999999999999999999)]
    [TestCase("Transfer-Encoding: chunked", BodyKind.Chunked, 0)]
    [TestCase("TRANSFER-encoding:\tCHUNKED \t", BodyKind.Chunked, 0)]
    [TestCase("Content_Length: 5", BodyKind.None, 0)]
    [TestCase("Content-Lengt: 5", BodyKind.None, 0)]
    [TestCase("Transfer-Encodin: chunked", BodyKind.None, 0)]
    public void Framing_IsDecided(string fields, BodyKind kind, long length)
    {
        var reading = Read(fields);
        Assert.That(reading.Meaning, Does.Contain(new Framing(kind, length).ToString()));
    }

    [TestCase("+5")]
    [TestCase("-5")]
    [TestCase("")]
    [TestCase(" ")]
    [TestCase("5, 5")]
    [TestCase("5,5")]
    [TestCase("5,")]
    [TestCase(",5")]
    [TestCase("5, 6")]
    [TestCase("5 5")]
    [TestCase("5\t5")]
    [TestCase("0x5")]
    [TestCase("5h")]
    [TestCase("5.0")]
    [TestCase("5e1")]
    [TestCase("1_000")]
    [TestCase("\"5\"")]
    [TestCase("5;")]
    [TestCase("a")]
    [TestCase("\u00b2")]
    [TestCase("5\u0085")]
    [TestCase("\u00a05")]
    [TestCase("1000000000000000000")]
    [TestCase("9223372036854775808")]
    [TestCase("18446744073709551621")]
    [TestCase("00000000000000000005")]
    public void BadLength_IsRefused(string length) =>
        Assert.That(Read($"Content-Length: {length}").Rejection, Is.EqualTo(Rejection.BadFraming));

    [TestCase("")]
    [TestCase("identity")]
    [TestCase("gzip")]
    [TestCase("xchunked")]
    [TestCase("chunkedx")]
    [TestCase("chunke")]
    [TestCase("chunked, identity")]
    [TestCase("identity, chunked")]
    [TestCase("gzip, chunked")]
    [TestCase("chunked, chunked")]
    [TestCase("chunked,")]
    [TestCase(",chunked")]
    [TestCase(", chunked")]
    [TestCase("chunked;q=1")]
    [TestCase("chunked ;a")]
    [TestCase("\"chunked\"")]
    [TestCase("'chunked'")]
    [TestCase("chu nked")]
    [TestCase("\u00a0chunked")]
    [TestCase("chunked\u0085")]
    [TestCase("\u00ffchunked")]
    public void UnknownCoding_IsRefused(string coding) => Assert.Multiple(() =>
    {
        var field = $"Transfer-Encoding: {coding}";
        Assert.That(Read(field).Rejection, Is.EqualTo(Rejection.BadFraming));
        Assert.That(Read($"{field}\r\nContent-Length: 5").Rejection, Is.EqualTo(Rejection.BadFraming));
    });

    [TestCase("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [TestCase("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [TestCase("Content-Length: 0\r\nTransfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding: chunked\r\nContent-Length: x")]
    [TestCase("transfer-encoding: chunked\r\nA: b\r\nCONTENT-LENGTH: 5")]
    [TestCase("Content-Length: 5\r\nContent-Length: 5")]
    [TestCase("Content-Length: 5\r\nContent-Length: 6")]
    [TestCase("Content-Length: 0\r\nContent-Length: 5")]
    [TestCase("Content-Length: 5\r\nA: b\r\ncontent-length: 5")]
    [TestCase("Content-Length:\r\nContent-Length: 5")]
    [TestCase("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [TestCase("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding:\r\nTransfer-Encoding: chunked")]
    public void ContradictoryFraming_IsRefused(string fields) =>
        Assert.That(Read(fields).Rejection, Is.EqualTo(Rejection.BadFraming));

    [TestCase("Content-Length : 5")]
    [TestCase("Content-Length\t: 5")]
    [TestCase("Transfer-Encoding : chunked")]
    [TestCase("Transfer-Encoding\u00a0: chunked")]
    [TestCase("Transfer-Encoding\u000b: chunked")]
    [TestCase(" Transfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding: chunked\0")]
    [TestCase("Transfer-Encoding:\vchunked")]
    [TestCase("Transfer-Encoding: chunked\r")]
    [TestCase("Transfer-Encoding:\r\n chunked")]
    [TestCase("Transfer-Encoding:\n chunked")]
    [TestCase("A: b\rTransfer-Encoding: chunked")]
    [TestCase("A: b\nTransfer-Encoding: chunked")]
    [TestCase("A: b\r\n\tContent-Length: 5")]
    public void FramingFieldInDisguise_IsRefused(string fields) =>
        Assert.That(Read(fields).Rejection, Is.EqualTo(Rejection.BadField));

    [Test]
    public void CodingInOldVersion_IsRefused() => Assert.That(
        Parsed.OfRequest("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").Rejection,
        Is.EqualTo(Rejection.BadFraming));

    [Test]
    public void LengthInOldVersion_IsAccepted() => Assert.That(
        Parsed.OfRequest("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n").Meaning,
        Does.Contain(new Framing(BodyKind.Length, 5).ToString()));

    [Test]
    public void FramingNamedByConnection_StaysInForce()
    {
        var reading = Read("Connection: content-length, date, transfer-encoding, host\r\nDate: x\r\nContent-Length: 5");
        Assert.That(reading.Meaning, Does.Contain(new Framing(BodyKind.Length, 5).ToString()).And.Not.Contain("!"));
    }

    private static Parsed Read(string fields) => Parsed.OfRequest($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
}
