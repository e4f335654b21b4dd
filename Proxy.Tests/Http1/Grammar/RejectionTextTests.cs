using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>What is logged about a head that was rejected: where, and which rule.</summary>
internal sealed class RejectionTextTests
{
    private const string Start = "GET / HTTP/1.1\r\nHost: a\r\n";

    [TestCase("hello\r\n", "not a request line: \"hello\"")]
    [TestCase("hello\r", "not a request line: \"hello\\x0d\"")]
    [TestCase("\x16\x03\x01", "TLS on a port for plain HTTP")]
    [TestCase("GET /\u00e9 HTTP/1.1\r\n\r\n", "not a request line: \"GET /\\xe9 HTTP/1.1\"")]
    [TestCase("GET / HTTP/2.0\r\n\r\n", "HTTP version is neither 1.0 nor 1.1: \"GET / HTTP/2.0\"")]
    [TestCase("GET / HTTP/1.1\n", "a line ends in LF without CR")]
    [TestCase("GET /x HTTP/1.1\r\n\r\n", "header \"Host\" is missing")]
    [TestCase(Start + "Host: b\r\n\r\n", "header \"Host\" given more than once")]
    [TestCase("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "header \"Host\": \"a b\" is not a host")]
    [TestCase("GET x HTTP/1.1\r\nHost: a\r\n\r\n", "request target \"x\" does not fit the method")]
    [TestCase(Start + "X-Foo: a\0b\r\n\r\n", "header \"X-Foo\": NUL byte")]
    [TestCase(Start + "A: b\r\nX-Foo: a\u0001b\r\n\r\n", "header \"X-Foo\": control byte 0x01")]
    [TestCase(Start + "X-Foo: a\u007fb\r\n\r\n", "header \"X-Foo\": control byte 0x7f")]
    [TestCase(Start + "X-Foo: a\rb\r\n\r\n", "header \"X-Foo\": CR without LF")]
    [TestCase(Start + "X-Foo: a\nb\r\n\r\n", "header \"X-Foo\": LF without CR")]
    [TestCase(Start + "X-Foo : a\r\n\r\n", "header \"X-Foo\": space before the colon")]
    [TestCase(Start + "X(Foo: a\r\n\r\n", "header name \"X(Foo\": byte 0x28")]
    [TestCase(Start + "X-Foo\r\n\r\n", "header line without a colon: \"X-Foo\"")]
    [TestCase(Start + "X-Foo\r\n", "header line without a colon: \"X-Foo\"")]
    [TestCase(Start + ": a\r\n\r\n", "header without a name: \": a\"")]
    [TestCase(Start + "X: a\r\n b\r\n\r\n", "folded header line, or a space before a name: \" b\"")]
    [TestCase(Start + "Content-Length: 5x\r\n\r\n", "header \"Content-Length\": \"5x\" is not a length")]
    [TestCase(Start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "header \"Content-Length\": more than one value")]
    [TestCase(Start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "both \"Content-Length\" and \"Transfer-Encoding\"")]
    [TestCase(Start + "Transfer-Encoding: gzip\r\n\r\n", "header \"Transfer-Encoding\": \"gzip\" is not \"chunked\"")]
    [TestCase("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: x\r\n\r\n", "header \"Max-Forwards\": not one number")]
    public void Request_IsDescribed(string text, string expected)
    {
        var head = new RequestHead();
        var rejection = RequestParser.TryRead(Segments.Whole(Encoding.Latin1.GetBytes(text)), head, out _);
        Assert.That(RejectionText.Of(rejection, head), Is.EqualTo(expected));
    }

    [TestCase("hello", "not a status line: \"hello\"")]
    [TestCase("HTTP/1.1 20 OK\r\n\r\n", "not a status line: \"HTTP/1.1 20 OK\"")]
    [TestCase("HTTP/1.1 200 OK\r\nA : b\r\nX-Foo: \u0001\0\r\n\r\n", "header \"X-Foo\": NUL byte")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", "header \"Content-Length\": more than one value")]
    [TestCase("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "header \"Transfer-Encoding\" in HTTP/1.0")]
    public void Response_IsDescribed(string text, string expected)
    {
        var head = new ResponseHead();
        var rejection = ResponseParser.TryRead(
            Segments.Whole(Encoding.Latin1.GetBytes(text)), Method.Get, head, out _);
        Assert.That(RejectionText.Of(rejection, head), Is.EqualTo(expected));
    }

    [Test]
    public void TooMuch_IsDescribedWithItsBound()
    {
        var fields = string.Concat(Enumerable.Repeat("A: b\r\n", Head.FieldsMax));
        var options = string.Join(',', Enumerable.Repeat("a", Head.ConnectionOptionsMax + 1));
        Assert.Multiple(() =>
        {
            Request_IsDescribed(Start + fields + "\r\n", "more than 128 headers");
            Request_IsDescribed(Start + new string('a', HeadBytes.Max), "head of more than 65536 bytes");
            Request_IsDescribed("GET /" + new string('a', 17_000), "request target of more than 16384 bytes");
            Request_IsDescribed(
                Start + $"Connection: {options}\r\n\r\n", "header \"Connection\": more than 64 options");
            Request_IsDescribed(new string('a', 200), $"not a request line: \"{new string('a', 64)}...\"");
        });
    }

    // Every rejected head can be described, wherever it was truncated.
    [Test]
    public void Description_IsFoundForAnything()
    {
        var mutation = new Mutation(new Random(TestContext.CurrentContext.Random.Next()));
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = mutation.Of([Start + "A: b\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"]);
            var (request, response) = (new RequestHead(), new ResponseHead());
            var refused = RequestParser.TryRead(Segments.Whole(bytes), request, out _);
            if (refused != Rejection.None) Assert.That(RejectionText.Of(refused, request), Has.Length.GreaterThan(10));
            refused = ResponseParser.TryRead(Segments.Whole(bytes), Method.Get, response, out _);
            if (refused != Rejection.None) Assert.That(RejectionText.Of(refused, response), Has.Length.GreaterThan(10));
        }
    }
}
