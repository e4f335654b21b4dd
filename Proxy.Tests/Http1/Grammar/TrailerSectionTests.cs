using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §7.1.2 and RFC 9110 §6.5: fields behind a body, and those that come too late.</summary>
internal sealed class TrailerSectionTests
{
    [TestCase("\r\n", "")]
    [TestCase("A: b\r\n\r\n", "A=b\n")]
    [TestCase("A: b\r\nA:c\r\n\r\n", "A=b\nA=c\n")]
    public void Section_IsReadToItsEmptyLine(string text, string expected) => Assert.Multiple(() =>
    {
        Assert.That(Parsed.OfTrailers(text), Is.EqualTo(new Parsed(Rejection.None, text.Length, expected)));
        Assert.That(Parsed.OfTrailers(text + "GET / HTTP/1.1\n\0"), Is.EqualTo(Parsed.OfTrailers(text)));
    });

    [TestCase("\n")]
    [TestCase("A: b\n")]
    [TestCase("A: b\n\n")]
    [TestCase("A: b\r\n\n")]
    [TestCase("A: b\r\nC: d\n\r\n")]
    [TestCase("A: b\nC: d\r\n\r\n")]
    [TestCase("A : b\r\n\r\n")]
    [TestCase(" A: b\r\n\r\n")]
    [TestCase("A: b\r\n c\r\n\r\n")]
    [TestCase("A: b\r\n\tc\r\n\r\n")]
    [TestCase("A\r\n\r\n")]
    [TestCase(": b\r\n\r\n")]
    [TestCase("A: b\0\r\n\r\n")]
    [TestCase("A: b\rc\r\n\r\n")]
    [TestCase("A: b\r\r\n\r\n")]
    [TestCase("A(: b\r\n\r\n")]
    [TestCase("\rA: b\r\n\r\n")]
    [TestCase("\r\r\n\r\n")]
    [TestCase("0\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void MalformedSection_IsRefused(string text) =>
        Assert.That(Parsed.OfTrailers(text).Rejection, Is.EqualTo(Rejection.BadTrailers));

    [Test]
    public void Section_IsBounded()
    {
        var filler = TrailerParser.BytesMax - "A: \r\n\r\n".Length;
        var largest = $"A: {new string('b', filler)}\r\n\r\n";
        var larger = $"A: {new string('b', filler + 1)}\r\n\r\n";
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfTrailers(largest).Length, Is.EqualTo(TrailerParser.BytesMax));
            Assert.That(Parsed.OfTrailers(largest[..^1]).IsIncomplete);
            Assert.That(Parsed.OfTrailers(larger).Rejection, Is.EqualTo(Rejection.BadTrailers));
            Assert.That(Parsed.OfTrailers(larger[..^1]).Rejection, Is.EqualTo(Rejection.BadTrailers));
        });
    }

    [Test]
    public void Fields_AreBounded()
    {
        var most = string.Concat(Enumerable.Repeat("A: b\r\n", Head.FieldsMax));
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfTrailers(most + "\r\n").IsAccepted);
            Assert.That(Parsed.OfTrailers(most + "C: d\r\n\r\n").Rejection, Is.EqualTo(Rejection.BadTrailers));
        });
    }

    [TestCase("Content-Length")]
    [TestCase("content-LENGTH")]
    [TestCase("Transfer-Encoding")]
    [TestCase("Host")]
    [TestCase("Authorization")]
    [TestCase("Proxy-Authorization")]
    [TestCase("Proxy-Authenticate")]
    [TestCase("Cookie")]
    [TestCase("Set-Cookie")]
    [TestCase("Content-Encoding")]
    [TestCase("Content-Type")]
    [TestCase("Content-Range")]
    [TestCase("Connection")]
    [TestCase("Proxy-Connection")]
    [TestCase("Keep-Alive")]
    [TestCase("Upgrade")]
    [TestCase("HTTP2-Settings")]
    [TestCase("TE")]
    [TestCase("Trailer")]
    [TestCase("Expect")]
    [TestCase("X-Forwarded-For")]
    [TestCase("X-Forwarded-Proto")]
    [TestCase("X-Forwarded-Host")]
    [TestCase("X-Host")]
    [TestCase("X-Debug-Router")]
    public void ForbiddenField_IsNotPassedOn(string name) => Assert.Multiple(() =>
    {
        Assert.That(Allowed($"{name}: x\r\nA: b\r\n\r\n"), Is.EqualTo(new[] { "A" }));
        Assert.That(Allowed($"A: b\r\n{name.ToUpperInvariant()}:x\r\n\r\n"), Is.EqualTo(new[] { "A" }));
    });

    [TestCase("Grpc-Status: 0\r\nGrpc-Message: ok\r\nETag: x\r\n\r\n", "Grpc-Status,Grpc-Message,ETag")]
    [TestCase("A: b\r\nConnection: a\r\n\r\n", "")]
    public void OtherFields_ArePassedOn(string text, string expected) =>
        Assert.That(string.Join(',', Allowed(text)), Is.EqualTo(expected));

    [TestCase("x-A, close", "B,C")]
    [TestCase("x-a\r\nConnection: C", "B")]
    [TestCase("x-ab", "X-A,B,C")]
    public void FieldNamedByTheHead_IsNotPassedOn(string options, string expected) => Assert.That(
        string.Join(',', Allowed("X-A: b\r\nB: c\r\nC: d\r\n\r\n", $"Connection: {options}\r\n")),
        Is.EqualTo(expected));

    private static List<string> Allowed(string text, string headFields = "")
    {
        var head = new ResponseHead();
        var headBytes = System.Text.Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{headFields}\r\n");
        ResponseParser.TryRead(Segments.Whole(headBytes), Method.Get, head, out _);
        var section = new TrailerSection();
        var bytes = System.Text.Encoding.Latin1.GetBytes(text);
        var rejection = TrailerParser.TryRead(Segments.Whole(bytes), section, isResponse: true, out _);
        Assert.That(rejection, Is.EqualTo(Rejection.None));
        var names = new List<string>();
        foreach (ref var field in section.Fields)
        {
            if (section.IsAllowed(field, head)) names.Add(Parsed.Text(section, field.Name));
        }

        return names;
    }
}
