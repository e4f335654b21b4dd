using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §2.2, §2.3 and §3: an invalid request line is refused and never repaired.</summary>
internal sealed class RequestLineTests
{
    [TestCase("GET / HTTP/1.1")]
    [TestCase("GET / HTTP/1.0")]
    [TestCase("get / HTTP/1.1")]
    [TestCase("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1")]
    [TestCase("GET /a?b=c;d&e=%zz//..//\"<>\\^`{|} HTTP/1.1")]
    public void ValidLine_IsAccepted(string line) => Assert.That(Read(line).IsAccepted);

    [TestCase("")]
    [TestCase("GET")]
    [TestCase("GET /")]
    [TestCase("GET / ")]
    [TestCase("GET HTTP/1.1")]
    [TestCase("GET  HTTP/1.1")]
    [TestCase("GET  / HTTP/1.1")]
    [TestCase("GET /  HTTP/1.1")]
    [TestCase("GET / HTTP/1.1 ")]
    [TestCase(" GET / HTTP/1.1")]
    [TestCase("GET\t/ HTTP/1.1")]
    [TestCase("GET /\tHTTP/1.1")]
    [TestCase("GET /a b HTTP/1.1")]
    [TestCase("GET /a\tb HTTP/1.1")]
    [TestCase("GET / HTTP/1.1 HTTP/1.1")]
    [TestCase("GE(T / HTTP/1.1")]
    [TestCase("GET: / HTTP/1.1")]
    [TestCase("G\u00c9T / HTTP/1.1")]
    [TestCase("\rGET / HTTP/1.1")]
    [TestCase("GET\r / HTTP/1.1")]
    [TestCase("GET /\r HTTP/1.1")]
    [TestCase("GET / HTTP/1.1\r")]
    [TestCase("GET /\0 HTTP/1.1")]
    [TestCase("GET /\u007f HTTP/1.1")]
    [TestCase("GET /\v HTTP/1.1")]
    [TestCase("GET\0 / HTTP/1.1")]
    [TestCase("GET /\u0080 HTTP/1.1")]
    [TestCase("GET /\u00e9\u00ff HTTP/1.1")]
    [TestCase("GET /a?b=\u00c3\u00a9 HTTP/1.1")]
    [TestCase("GET http://a/\u00e9 HTTP/1.1")]
    public void MalformedLine_IsRefused(string line) =>
        Assert.That(Read(line).Rejection, Is.EqualTo(Rejection.BadStartLine));

    [TestCase("HTTP/1.2")]
    [TestCase("HTTP/1.9")]
    [TestCase("HTTP/2.0")]
    [TestCase("HTTP/0.9")]
    [TestCase("HTTP/3.0")]
    [TestCase("HTTP/2")]
    [TestCase("HTTP/01.1")]
    public void OtherVersion_IsUnknown(string version) =>
        Assert.That(Read("GET / " + version).Rejection, Is.EqualTo(Rejection.UnknownVersion));

    [TestCase("HTTP/1.10")]
    [TestCase("HTTP/1.01")]
    [TestCase("HTTP/11.1")]
    [TestCase("HTTP/1")]
    [TestCase("HTTP/1.")]
    [TestCase("HTTP/.1")]
    [TestCase("HTTP/1,1")]
    [TestCase("HTTP/1.1.1")]
    [TestCase("HTTP/+1.1")]
    [TestCase("HTTP/1.x")]
    [TestCase("HTTP 1.1")]
    [TestCase("http/1.1")]
    [TestCase("Http/1.1")]
    [TestCase("HTTPS/1.1")]
    [TestCase("ICY/1.1")]
    public void WhatIsNoVersion_IsRefused(string version) =>
        Assert.That(Read("GET / " + version).Rejection, Is.EqualTo(Rejection.BadStartLine));

    [TestCase("GET", Method.Get)]
    [TestCase("HEAD", Method.Head)]
    [TestCase("POST", Method.Post)]
    [TestCase("PUT", Method.Put)]
    [TestCase("DELETE", Method.Delete)]
    [TestCase("TRACE", Method.Trace)]
    [TestCase("OPTIONS", Method.Options)]
    [TestCase("head", Method.Other)]
    [TestCase("Get", Method.Other)]
    [TestCase("PATCH", Method.Patch)]
    [TestCase("PROPFIND", Method.Other)]
    [TestCase("PRI", Method.Other)]
    public void Method_IsKnownByItsExactSpelling(string method, Method expected)
    {
        var reading = Read($"{method} / HTTP/1.1");
        Assert.That(reading.Meaning, Does.StartWith($"{expected} {method} "));
    }

    [TestCase("\r\n")]
    [TestCase("\n")]
    [TestCase("\r")]
    [TestCase(" \r\n")]
    public void EmptyLinesThatWereNotSkipped_AreRefused(string before) => Assert.That(
        Parsed.OfRequest(before + "GET / HTTP/1.1\r\nHost: a\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadStartLine));

    [TestCase("\n")]
    [TestCase("GET / HTTP/1.1\n")]
    [TestCase("GET / HTTP/1.1\nHost: a\n\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    public void LinesThatEndInLineFeedAlone_AreRefusedAtOnce(string text) =>
        Assert.That(Parsed.OfRequest(text).Rejection, Is.EqualTo(Rejection.BareLineFeed));

    // The last byte of each is the one that decides it.
    [TestCase("\u0016")]
    [TestCase("\0")]
    [TestCase(" ")]
    [TestCase("{")]
    [TestCase("\u00e9")]
    [TestCase("hello\r")]
    [TestCase("SSH-2.0-x\r")]
    [TestCase("SSH-2.0-OpenSSH_9.2 Debian-2\r")]
    [TestCase("*1\r")]
    [TestCase("EHLO a\r")]
    [TestCase("GET\t")]
    [TestCase("GET  ")]
    [TestCase("GET /\r")]
    [TestCase("GET /\u00e9")]
    [TestCase("GET /a#")]
    [TestCase("GET /\0")]
    [TestCase("GET /  ")]
    [TestCase("GET / h")]
    [TestCase("GET / F")]
    [TestCase("GET / HTTP\r")]
    [TestCase("GET / HTTP/x")]
    [TestCase("GET / HTTP/1\r")]
    [TestCase("GET / HTTP/1.x")]
    [TestCase("GET / HTTP/1.10")]
    [TestCase("GET / HTTP/1.1 ")]
    [TestCase("GET / HTTP/1.1\rH")]
    public void WhatCanBecomeNoRequestLine_IsRefusedAtTheByte(string text) =>
        AssertDecidedByLastByte(text, Rejection.BadStartLine);

    [TestCase("PRI * HTTP/2")]
    [TestCase("GET / HTTP/0")]
    [TestCase("GET / HTTP/3")]
    [TestCase("GET / HTTP/1.2")]
    public void VersionThatIsAnother_IsRefusedAtTheByte(string text) =>
        AssertDecidedByLastByte(text, Rejection.UnknownVersion);

    [TestCase("GET / HTTP/1.1\r\nHost\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a\r\n b\r\n")]
    [TestCase("GET / HTTP/1.1\r\n Host: a\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost : a\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n")]
    public void MalformedFieldLine_IsRefusedAtItsEnd(string text) =>
        AssertDecidedByLastByte(text, Rejection.BadField);

    private static void AssertDecidedByLastByte(string text, Rejection expected) => Assert.Multiple(() =>
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var length = 0; length < bytes.Length; length++)
            Assert.That(Parsed.OfRequest(Segments.Whole(bytes[..length])).IsIncomplete, $"first {length} bytes");
        Assert.That(Parsed.OfRequest(text).Rejection, Is.EqualTo(expected));
        Assert.That(Parsed.OfRequest(Segments.ByteByByte(bytes)).Rejection, Is.EqualTo(expected));
        Assert.That(Parsed.OfRequest(Segments.CutAt(bytes, 0)).Rejection, Is.EqualTo(expected));
        Assert.That(Parsed.OfRequest(text + "\r\n\r\n").Rejection, Is.EqualTo(expected));
    });

    [Test]
    public void PrefaceOfHttp2_IsUnknownVersion() => Assert.That(
        Parsed.OfRequest("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").Rejection, Is.EqualTo(Rejection.UnknownVersion));

    [Test]
    public void WhatFollowsTheHead_IsNotRead()
    {
        var head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        Assert.That(Parsed.OfRequest(head + "\n\0\rGARBAGE"), Is.EqualTo(Parsed.OfRequest(head)));
    }

    private static Parsed Read(string line) => Parsed.OfRequest(line + "\r\nHost: a\r\n\r\n");
}
