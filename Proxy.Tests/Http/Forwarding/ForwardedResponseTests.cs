using CsCheck;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http.Forwarding;

/// <summary>Heads as clients get them.</summary>
internal sealed class ForwardedResponseTests
{
    private static readonly string[] Gone =
    [
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Upgrade", "TE",
    ];

    private static readonly string[] Kept =
        ["A", "B-c", "Set-Cookie", "Server", "ETag", "Content-Type", "X-Host", "a_b"];

    private static readonly Gen<string> Blank = OneOf("", " ", "\t", " \t ");

    private static readonly Gen<string> Value =
        Gen.Char["abc:;=,\"\\ \t()/@\u0080\u00ff"].Array[0, 30].Select(c => new string(c).Trim(' ', '\t'));

    private static readonly Gen<(string Name, string Line, string Value)> Line =
        Gen.Select(Gen.Frequency((3, OneOf(Kept)), (1, OneOf(Gone))), Blank, Blank, Value, (name, gap, blank, value) =>
            (name, $"{name}{gap}:{blank}{value}{blank}\r\n", value));

    private static readonly Gen<string> Body = OneOf(
        "",
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\n",
        "content-length\t:007\t\r\n",
        "transfer-Encoding :Chunked\r\n");

    [Test]
    public void WhatIsWritten_IsReadBackEqual() => Gen.Select(
        OneOf("GET / HTTP/1.1", "GET / HTTP/1.0", "HEAD / HTTP/1.1", "HEAD / HTTP/1.0"),
        OneOf("200 OK", "204 No Content", "304 Not Modified", "103 Early Hints", "404", "599 \u00e9\tx"),
        Line.Array[0, 12],
        Body).Sample(Check);

    [TestCase("A : b", "A: b")]
    [TestCase("A\t \t:\tb ", "A: b")]
    [TestCase("Content-Length : 05", "Content-Length: 5")]
    [TestCase("A:b\t", "A:b\t")]
    [TestCase("Set-Cookie: a\r\nSet-Cookie: b", "Set-Cookie: a\r\nSet-Cookie: b")]
    [TestCase("Transfer-Encoding: chunked\r\nTrailer: A", "Trailer: A")]
    [TestCase("Transfer-Encoding: CHUNKED", "Transfer-Encoding: chunked")]
    [TestCase("A: b", "Transfer-Encoding: chunked")]
    [TestCase("Connection: date\r\nDate: then", "Date: then")]
    public void Field_IsWrittenAs(string fields, string expected) =>
        Assert.That(Forward("GET / HTTP/1.1", $"200 OK\r\n{fields}"), Does.Contain($"\r\n{expected}\r\n"));

    [TestCase("GET / HTTP/1.0", "200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A", "Tra")]
    [TestCase("GET / HTTP/1.0", "200 OK\r\nA: b", "Transfer-Encoding")]
    [TestCase("HEAD / HTTP/1.1", "200 OK\r\nTransfer-Encoding: chunked", "Transfer-Encoding")]
    [TestCase("HEAD / HTTP/1.1", "200 OK\r\nA: b", "Transfer-Encoding")]
    [TestCase("GET / HTTP/1.1", "204 x\r\nContent-Length: 5", "Length")]
    [TestCase("GET / HTTP/1.1", "204 x\r\nTransfer-Encoding: chunked", "Transfer-Encoding")]
    [TestCase("GET / HTTP/1.1", "204 x\r\nContent-Length: 5\r\nContent-Length: x", "Length")]
    [TestCase("GET / HTTP/1.1", "304 x\r\nTransfer-Encoding: chunked", "Transfer-Encoding")]
    [TestCase("GET / HTTP/1.1", "100 x\r\nContent-Length: 5", "Length")]
    [TestCase("GET / HTTP/1.1", "103 x\r\nTransfer-Encoding: chunked\r\nConnection: close", "Transfer-Encoding")]
    [TestCase("GET / HTTP/1.1", "200 OK\r\nContent-Length: 5\r\nTrailer: A", "Trailer")]
    [TestCase("GET / HTTP/1.1", "200 OK\r\nConnection: a,B\r\nA: x-y\r\nb : x-y", "x-y")]
    [TestCase("GET / HTTP/1.1", "200 OK\r\nUpgrade: h2c\r\nProxy-Authenticate: x", "h2c")]
    public void Field_IsNotPassedOn(string request, string response, string unexpected) =>
        Assert.That(Forward(request, response), Does.Not.Contain(unexpected));

    [TestCase("HEAD / HTTP/1.1", "200 OK")]
    [TestCase("GET / HTTP/1.1", "304 Not Modified")]
    [TestCase("HEAD / HTTP/1.0", "200 OK")]
    public void LengthOfAnotherAnswer_IsTold(string request, string response) => Assert.That(
        Forward(request, $"{response}\r\nContent-Length: 5"), Does.Contain("\r\nContent-Length: 5\r\n"));

    [TestCase("200", "HTTP/1.1 200 \r\n")]
    [TestCase("200 ", "HTTP/1.1 200 \r\n")]
    [TestCase("299 A  b\tc", "HTTP/1.1 299 A  b\tc\r\n")]
    public void StatusLine_KeepsItsReason(string line, string expected) =>
        Assert.That(Forward("GET / HTTP/1.1", line), Does.StartWith(expected));

    [Test]
    public void LargestHead_IsWrittenWhole()
    {
        var value = new string('v', HeadBytes.Max - "HTTP/1.1 200 OK\r\nA:\r\n\r\n".Length);
        Assert.That(Forward("GET / HTTP/1.1", $"200 OK\r\nA:{value}"), Does.Contain($"\r\nA:{value}\r\n"));
    }

    private static void Check(
        string request, string status, (string Name, string Line, string Value)[] lines, string body)
    {
        using var forwarded = new ForwardedMessages();
        forwarded.Request($"{request}\r\nHost: a\r\n\r\n");
        var onward = forwarded.Response($"HTTP/1.1 {status}\r\n{string.Concat(lines.Select(l => l.Line))}{body}\r\n");
        var (sent, received) = (forwarded.Exchange.Request.Version, forwarded.Exchange.Response);
        if (received.IsInterim && sent == ProtocolVersion.Http10)
        {
            Assert.That(onward, Is.Null, "HTTP/1.0 has no interim responses");
            return;
        }

        Assert.That(onward, Is.Not.Null);
        ForwardedHeads.CheckResponse(forwarded.Exchange, System.Text.Encoding.Latin1.GetBytes(onward));
        var named = lines.Where(l => l.Name == "Connection")
            .SelectMany(l => l.Value.Split(',')).Select(o => o.Trim(' ', '\t'));
        var gone = Gone.Concat(named).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var expected = lines.Where(l => !gone.Contains(l.Name)).Select(l => $"{l.Name}={l.Value}");
        Assert.That(FieldsOf(onward, forwarded.Exchange.Request.Method), Is.EqualTo(expected));
    }

    private static IEnumerable<string> FieldsOf(string onward, Method method)
    {
        string[] own = ["Content-Length", "Transfer-Encoding", "Date", "Connection"];
        return Parsed.OfResponse(onward, method).Meaning.Split('\n')[2..^1]
            .Where(f => !own.Contains(f[..f.IndexOf('=')], StringComparer.OrdinalIgnoreCase));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static string Forward(string request, string response)
    {
        using var forwarded = new ForwardedMessages();
        forwarded.Request($"{request}\r\nHost: a\r\n\r\n");
        var onward = forwarded.Response($"HTTP/1.1 {response}\r\n\r\n");
        Assert.That(onward, Is.Not.Null);
        return onward;
    }
}
