using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §4, §5 and §6.3: what a backend may answer.</summary>
internal sealed class ResponseHeadTests
{
    [TestCase("HTTP/1.1 200 OK", "1.1 200 200 OK")]
    [TestCase("HTTP/1.0 200 OK", "1.0 200 200 OK")]
    [TestCase("HTTP/1.1 404 ", "1.1 404 404 ")]
    [TestCase("HTTP/1.1 404", "1.1 404 404")]
    [TestCase("HTTP/1.1 999 x", "1.1 999 999 x")]
    [TestCase("HTTP/1.1  200 OK", "1.1 200 200 OK")]
    [TestCase("HTTP/1.2 200 OK", "1.1 200 200 OK")]
    [TestCase("HTTP/2.0 200 OK", "1.1 200 200 OK")]
    [TestCase("HTTP/1.1 200 O\u0001\u007fK", "1.1 200 200 O\u0001\u007fK")]
    [TestCase("HTTP/1.1 200 A b\tc  \u00e9", "1.1 200 200 A b\tc  \u00e9")]
    public void ValidLine_IsRead(string line, string expected) =>
        Assert.That(Parsed.OfResponse($"{line}\r\n\r\n").Meaning, Does.StartWith(expected + "\n"));

    [TestCase("HTTP/1.1")]
    [TestCase("HTTP/1.1 ")]
    [TestCase("HTTP/1.1 20")]
    [TestCase("HTTP/1.1 2000")]
    [TestCase("HTTP/1.1 200OK")]
    [TestCase("HTTP/1.1 200\tOK")]
    [TestCase("HTTP/1.1 099 x")]
    [TestCase("HTTP/1.1 +20 x")]
    [TestCase("HTTP/1.1 -20 x")]
    [TestCase("HTTP/1.1 2 0 x")]
    [TestCase("HTTP/1.1 abc x")]
    [TestCase("HTTP/1.1\t200 OK")]
    [TestCase("HTTP/1.1200 OK")]
    [TestCase(" HTTP/1.1 200 OK")]
    [TestCase("\r\nHTTP/1.1 200 OK")]
    [TestCase("HTTP/0.9 200 OK")]
    [TestCase("HTTP/1.10 200 OK")]
    [TestCase("HTTP/2 200 OK")]
    [TestCase("http/1.1 200 OK")]
    [TestCase("ICY 200 OK")]
    [TestCase("HTTP/1.1 200 O\0K")]
    [TestCase("HTTP/1.1 200 O\rK")]
    [TestCase("HTTP/1.1 200 OK\r")]
    [TestCase("<html>")]
    public void MalformedLine_IsRefused(string line) =>
        Assert.That(Parsed.OfResponse($"{line}\r\nA: b\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadStartLine));

    [TestCase("\r")]
    [TestCase("\r\n")]
    [TestCase("HTTP/2 ")]
    [TestCase("HTTP/0")]
    [TestCase("HTTP/1.1 2x")]
    [TestCase("X")]
    [TestCase("\0")]
    public void WhatBeginsOtherwise_IsRefusedAtOnce(string text) =>
        Assert.That(Parsed.OfResponse(text).Rejection, Is.EqualTo(Rejection.BadStartLine));

    [Test]
    public void MalformedFieldLine_IsRefusedAtItsEnd() => Assert.That(
        Parsed.OfResponse("HTTP/1.1 200 OK\r\nA\r\n").Rejection, Is.EqualTo(Rejection.BadField));

    [TestCase("HTTP/1.1 200 OK\n")]
    [TestCase("HTTP/1.1 200 OK\nA: b\n\n")]
    [TestCase("HTTP/1.1 200 OK\r\nA: b\n")]
    public void LinesThatEndInLineFeedAlone_AreRefused(string text) =>
        Assert.That(Parsed.OfResponse(text).Rejection, Is.EqualTo(Rejection.BareLineFeed));

    [TestCase("A : b", "A=b")]
    [TestCase("A\t \t: b", "A=b")]
    [TestCase("Set-Cookie : b", "Set-Cookie=b")]
    public void WhiteSpaceBeforeTheColon_IsAccepted(string line, string expected) =>
        Assert.That(Parsed.OfResponse($"HTTP/1.1 200 OK\r\n{line}\r\n\r\n").Meaning, Does.EndWith($"\n{expected}\n"));

    [TestCase("A")]
    [TestCase(" : b")]
    [TestCase(": b")]
    [TestCase("A B: c")]
    [TestCase("A\u000b: b")]
    [TestCase("A\0: b")]
    [TestCase("A(: b")]
    [TestCase(":status: 200")]
    [TestCase("A: b\r\n c")]
    [TestCase("A: b\r\n\tc")]
    [TestCase("A: b\0c")]
    [TestCase("A: b\rc")]
    [TestCase("A: b\nc")]
    public void MalformedField_IsRefused(string line) => Assert.That(
        Parsed.OfResponse($"HTTP/1.1 200 OK\r\n{line}\r\nB: c\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadField));

    [TestCase(200, "A: b", BodyKind.UntilClose, 0)]
    [TestCase(200, "Content-Length: 0", BodyKind.None, 0)]
    [TestCase(200, "Content-Length: 7", BodyKind.Length, 7)]
    [TestCase(200, "Content-Length : 7", BodyKind.Length, 7)]
    [TestCase(200, "Transfer-Encoding: Chunked", BodyKind.Chunked, 0)]
    [TestCase(205, "Content-Length: 7", BodyKind.Length, 7)]
    [TestCase(200, "Content-Length: 7\r\nContent-Length: 7", BodyKind.Length, 7)]
    [TestCase(200, "Content-Length: 7, 7", BodyKind.Length, 7)]
    [TestCase(200, "Content-Length: 7,7\t,  07\r\ncontent-length:007", BodyKind.Length, 7)]
    [TestCase(200, "Content-Length: 0\r\nContent-Length: 00", BodyKind.None, 0)]
    [TestCase(200, "Content-Length: 0000000000000000000007", BodyKind.Length, 7)]
    [TestCase(500, "A: b", BodyKind.UntilClose, 0)]
    [TestCase(304, "Content-Length: 7", BodyKind.None, 0)]
    [TestCase(304, "Transfer-Encoding: chunked", BodyKind.None, 0)]
    [TestCase(304, "A: b", BodyKind.None, 0)]
    [TestCase(204, "Content-Length: 7", BodyKind.None, 0)]
    [TestCase(204, "Transfer-Encoding: chunked", BodyKind.None, 0)]
    [TestCase(100, "Content-Length: 7", BodyKind.None, 0)]
    [TestCase(103, "Transfer-Encoding: chunked", BodyKind.None, 0)]
    [TestCase(101, "A: b", BodyKind.None, 0)]
    public void Framing_IsDecided(int status, string fields, BodyKind kind, long length) => Assert.Multiple(() =>
    {
        Assert.That(Read(status, fields).Meaning, Does.Contain(new Framing(kind, length).ToString()));
        Assert.That(Read(status, fields, Method.Head).Meaning, Does.Contain(default(Framing).ToString()));
    });

    [TestCase("Content-Length: 5\r\nContent-Length: 6")]
    [TestCase("Content-Length: 5, 6")]
    [TestCase("Content-Length: 5, 5\r\nContent-Length: 6")]
    [TestCase("Content-Length: 5,")]
    [TestCase("Content-Length: ,5")]
    [TestCase("Content-Length: 5,,5")]
    [TestCase("Content-Length: 5 5")]
    [TestCase("Content-Length: 5\r\nContent-Length:")]
    [TestCase("Content-Length: 5\r\nContent-Length: 5\r\nTransfer-Encoding: chunked")]
    [TestCase("Content-Length: 5\u0001")]
    [TestCase("Transfer-Encoding: chunked\u0001")]
    [TestCase("Content-Length: +5")]
    [TestCase("Content-Length:")]
    [TestCase("Content-Length: 0x5")]
    [TestCase("Content-Length: 1000000000000000000")]
    [TestCase("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [TestCase("Transfer-Encoding: identity")]
    [TestCase("Transfer-Encoding: gzip, chunked")]
    [TestCase("Transfer-Encoding: chunked, chunked")]
    [TestCase("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [TestCase("Transfer-Encoding: xchunked")]
    public void AmbiguousFraming_IsRefusedEvenWhereNoBodyFollows(string fields) => Assert.Multiple(() =>
    {
        Assert.That(Read(200, fields).Rejection, Is.EqualTo(Rejection.BadFraming));
        Assert.That(Read(304, fields).Rejection, Is.EqualTo(Rejection.BadFraming));
        Assert.That(Read(200, fields, Method.Head).Rejection, Is.EqualTo(Rejection.BadFraming));
    });

    [Test]
    public void CodingInOldVersion_IsRefused() => Assert.That(
        Parsed.OfResponse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").Rejection,
        Is.EqualTo(Rejection.BadFraming));

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", true)]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n", false)]
    [TestCase("HTTP/1.1 200 OK\r\n\r\n", false)]
    [TestCase("HTTP/1.1 204 OK\r\n\r\n", true)]
    [TestCase("HTTP/1.1 204 OK\r\nContent-Length: 0\r\n\r\n", true)]
    [TestCase("HTTP/1.1 204 OK\r\nContent-Length: 10\r\n\r\n", false)]
    [TestCase("HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false)]
    [TestCase("HTTP/1.1 304 OK\r\nContent-Length: 10\r\n\r\n", true)]
    [TestCase("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", false)]
    [TestCase("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n", true)]
    public void Connection_IsReusableWhenTheEndIsTold(string text, bool expected)
    {
        var head = new ResponseHead();
        ResponseParser.TryRead(Segments.Whole(System.Text.Encoding.Latin1.GetBytes(text)), Method.Get, head, out _);
        Assert.That(head.IsReusable, Is.EqualTo(expected));
    }

    [TestCase(100, true)]
    [TestCase(101, false)]
    [TestCase(103, true)]
    [TestCase(199, true)]
    [TestCase(200, false)]
    public void Interim_IsOneHundredButUpgrade(int status, bool expected) =>
        Assert.That(new ResponseHead { Status = status }.IsInterim, Is.EqualTo(expected));

    private static Parsed Read(int status, string fields, Method method = Method.Get) =>
        Parsed.OfResponse($"HTTP/1.1 {status} x\r\n{fields}\r\n\r\n", method);
}
