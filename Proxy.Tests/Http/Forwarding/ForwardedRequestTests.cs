using System.Text;
using CsCheck;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http.Forwarding;

/// <summary>Heads as backends get them: nothing in them can be read in another way than we did.</summary>
internal sealed class ForwardedRequestTests
{
    private static readonly string[] Gone =
    [
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Upgrade",
        "HTTP2-Settings", "X-Debug-Router",
    ];

    private static readonly string[] Kept = ["A", "B-c", "Cookie", "User-Agent", "Accept", "Content-Type", "Date", "x"];

    private static readonly Gen<string> Name = Gen.Frequency(
        (3, OneOf(Kept)),
        (1, OneOf(Gone)),
        (1, Gen.Char["abcXYZ019!#$%&'*+-.^`|~"].Array[1, 20].Select(c => new string(c))));

    private static readonly Gen<string> Value =
        Gen.Char["abc:;=,\"\\ \t()/@\u0080\u00ff"].Array[0, 30].Select(c => new string(c).Trim(' ', '\t'));

    private static readonly Gen<string> Blank = OneOf("", " ", "\t", " \t ");

    private static readonly Gen<(string Name, string Line, string Value)> Line =
        Gen.Select(Name, Blank, Value, Blank, (name, before, value, after) =>
            (name, $"{name}:{before}{value}{after}\r\n", value));

    private static readonly Gen<(string Line, Framing Framing)> Body = Gen.OneOf(
        Gen.Const(("", default(Framing))),
        Gen.Const(("content-length: 0\r\n", default(Framing))),
        Gen.Long[1, 999_999_999_999_999_999]
            .Select(n => ($"Content-LENGTH:{n}\t\r\n", new Framing(BodyKind.Length, n))),
        Gen.Const(("transfer-encoding:\tChunked\r\n", new Framing(BodyKind.Chunked))));

    [Test]
    public void WhatIsWritten_IsReadBackEqual() =>
        Gen.Select(Line.Array[0, 12], Body, Gen.Int[0, 12], Gen.Bool).Sample(
            (lines, body, place, isNamed) => Check(lines, body, Math.Min(place, lines.Length), isNamed));

    [TestCase("Content-Length: 010", "Content-Length: 10")]
    [TestCase("content-LENGTH:\t 5\t", "content-LENGTH: 5")]
    [TestCase("Content-Length: 000", "Content-Length: 0")]
    [TestCase("Transfer-Encoding:\tCHUNKED", "Transfer-Encoding: chunked")]
    [TestCase("TE: x, Trailers;q=1, TRAILERS", "TE: trailers")]
    [TestCase("Cookie:a=b\t", "Cookie:a=b\t")]
    [TestCase("Trailer: A\r\nTransfer-Encoding: chunked", "Trailer: A")]
    [TestCase("Expect: 100-continue", "Expect: 100-continue")]
    [TestCase("X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for:2.2.2.2", "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7")]
    [TestCase("Connection: X-Forwarded-For\r\nX-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 192.0.2.7")]
    [TestCase("Connection: X-Forwarded-Proto\r\nX-Forwarded-Proto: https", "X-Forwarded-Proto: http")]
    [TestCase("X-Forwarded-Proto:", "X-Forwarded-Proto: http")]
    [TestCase("X-Id: 7", "X-Id: 7")]
    public void Field_IsWrittenAs(string fields, string expected) =>
        Assert.That(Forward($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"), Does.Contain($"\r\n{expected}\r\n"));

    [TestCase("TE: gzip", "TE:")]
    [TestCase("TE: trailers;q=0", "TE:")]
    [TestCase("Trailer: A", "Trailer")]
    [TestCase("X-Debug-Router: 1", "X-Debug")]
    [TestCase("Connection: a-b\r\nA-b: gone\r\na-B:gone", "gone")]
    [TestCase("Content_Length: 5", "Length")]
    [TestCase("Transfer_Encoding: chunked", "chunked")]
    [TestCase("transfer-encoding_: chunked\r\nTransfer_encoding: chunked", "Transfer_")]
    [TestCase("X_Forwarded-For: 6.6.6.6", "6.6")]
    [TestCase("X-Forwarded_Proto: https", "https")]
    [TestCase("X_HOST: evil", "evil")]
    [TestCase("Proxy_Authorization: evil", "evil")]
    [TestCase("HOST_: evil\r\nX_Forwarded_Host: evil", "_Host")]
    public void Field_IsNotPassedOn(string fields, string unexpected) =>
        Assert.That(Forward($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"), Does.Not.Contain(unexpected));

    [TestCase("X_A: b")]
    [TestCase("_: b")]
    [TestCase("access_token: b")]
    [TestCase("this_is_a_name_that_is_longer_than_any_that_a_proxy_knows_of: b")]
    public void OtherNamesWithUnderscores_ArePassedOn(string field) =>
        Assert.That(Forward($"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n"), Does.Contain($"\r\n{field}\r\n"));

    [TestCase("X-Id:")]
    [TestCase("A: b")]
    [TestCase("X-Id: 7\r\nConnection: x-id")]
    [TestCase("X-Id:\r\nX-Id: 7")]
    public void RequestIdThatIsMissing_IsMade(string fields) => Assert.That(
        Forward($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"),
        Does.Match("\r\nX-Id: [0-9a-f]{8}-[0-9a-f-]{27}\r\n").And.Not.Contain("X-Id: 7\r"));

    [TestCase("GET http://b.com HTTP/1.1", "GET / HTTP/1.1")]
    [TestCase("GET http://b.com?x HTTP/1.1", "GET /?x HTTP/1.1")]
    [TestCase("OPTIONS http://b.com HTTP/1.1", "OPTIONS * HTTP/1.1")]
    [TestCase("OPTIONS http://b.com/ HTTP/1.1", "OPTIONS / HTTP/1.1")]
    [TestCase("OPTIONS http://b.com?x HTTP/1.1", "OPTIONS /?x HTTP/1.1")]
    [TestCase("GET http://b.com//a/../%2e;x HTTP/1.0", "GET //a/../%2e;x HTTP/1.1")]
    public void AbsoluteTarget_IsWrittenInOriginFormWithItsHost(string line, string expected) => Assert.That(
        Forward($"{line}\r\nA: b\r\nHost: a\r\n\r\n"), Does.StartWith($"{expected}\r\nA: b\r\nHost: b.com\r\n"));

    [Test]
    public void OldRequestWithoutHost_GetsOne() =>
        Assert.That(Forward("GET / HTTP/1.0\r\n\r\n"), Does.StartWith("GET / HTTP/1.1\r\nHost: \r\n"));

    [Test]
    public void ExpectationOfAnOldClient_IsNotPassedOn() =>
        Assert.That(Forward("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"), Does.Not.Contain("Expect"));

    [Test]
    public void NamedBackend_GetsItsOwnHostAndTheClientsBesideIt()
    {
        using var forwarded = new ForwardedMessages();
        var text = forwarded.Request(
            "GET / HTTP/1.1\r\nX-Host: evil\r\nHOST:a.com\r\nX-Forwarded-Host: evil\r\n\r\n", ForwardedMessages.ByName);
        Assert.That(text, Does.Contain("\r\nHost: backend.example\r\n").And.Contain("\r\nX-Host: a.com\r\n")
            .And.Contain("\r\nX-Forwarded-Host: a.com\r\n").And.Not.Contain("evil"));
    }

    [Test]
    public void LargestHead_IsWrittenWhole()
    {
        var start = "GET / HTTP/1.1\r\nHost: ";
        var host = new string('h', HeadBytes.Max - start.Length - 4);
        using var forwarded = new ForwardedMessages();
        var text = forwarded.Request($"{start}{host}\r\n\r\n", ForwardedMessages.ByName);
        Assert.That(text, Does.Contain($"\r\nX-Host: {host}\r\n").And.Contain($"\r\nX-Forwarded-Host: {host}\r\n"));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static void Check(
        (string Name, string Line, string Value)[] lines, (string Line, Framing Framing) body, int place, bool isNamed)
    {
        var options = isNamed ? "Connection: host, content-length, a,, B-C ,Transfer-Encoding\r\n" : "";
        var all = lines.Select(l => l.Line).ToList();
        all.Insert(place, "Host: a.com\r\n" + options + body.Line);
        using var forwarded = new ForwardedMessages();
        var onward = forwarded.Request($"PUT /x?y HTTP/1.1\r\n{string.Concat(all)}\r\n");
        Assert.That(onward, Is.Not.Null);
        ForwardedHeads.CheckRequest(forwarded.Exchange, Encoding.Latin1.GetBytes(onward), ForwardedMessages.ByAddress);
        var isExpected = (string name) => !Gone.Contains(name, StringComparer.OrdinalIgnoreCase) &&
            !OptionsOf(lines, isNamed).Contains(name, StringComparer.OrdinalIgnoreCase);
        var expected = lines.Where(l => isExpected(l.Name)).Select(l => $"{l.Name}={l.Value}");
        Assert.That(FieldsOf(onward), Is.EqualTo(expected));
        Assert.That(Parsed.OfRequest(onward).Meaning, Does.Contain($"host a.com {body.Framing}"));
    }

    // A value of a Connection field among the lines names others.
    private static IEnumerable<string> OptionsOf(
        (string Name, string Line, string Value)[] lines, bool isNamed) => lines
        .Where(l => l.Name == "Connection").SelectMany(l => l.Value.Split(',')).Select(o => o.Trim(' ', '\t'))
        .Concat(isNamed ? ["a", "b-c"] : []);

    private static IEnumerable<string> FieldsOf(string onward)
    {
        string[] own = ["Host", "Content-Length", "Transfer-Encoding", "X-Forwarded-For", "X-Forwarded-Proto", "X-Id"];
        return Parsed.OfRequest(onward).Meaning.Split('\n')[2..^1]
            .Where(f => !own.Contains(f[..f.IndexOf('=')], StringComparer.OrdinalIgnoreCase));
    }

    private static string Forward(string text)
    {
        using var forwarded = new ForwardedMessages();
        var onward = forwarded.Request(text);
        Assert.That(onward, Is.Not.Null);
        return onward;
    }
}
