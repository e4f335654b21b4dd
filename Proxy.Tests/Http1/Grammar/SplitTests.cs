using System.Buffers;
using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>Where the network cuts a message changes nothing of its meaning.</summary>
internal sealed class SplitTests
{
    private static readonly string[] Requests =
    [
        "GET / HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost:\r\nMax-Forwards: 7\r\n\r\n",
        "POST /a?b HTTP/1.1\r\nHost: a.com:80\r\nContent-Length: 12\r\nConnection: close, X\r\nX:\ty \r\n\r\n",
        "PUT http://[::1]:8/x HTTP/1.1\r\nA:\r\nHost: b\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n",
    ];

    private static readonly string[] Responses =
    [
        "HTTP/1.0 200\r\n\r\n",
        "HTTP/2.0   200 \u0001\r\nContent-Length: 5, 5\r\nA: \u001b\r\ncontent-length: 05\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 12\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: X\r\nX: y\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nTrailer:\r\n\r\n",
    ];

    private static readonly string[] Sections = ["\r\n", "A: b\r\n\r\n", "A:\r\nB: \tc\r\nContent-Length: 5\r\n\r\n"];

    private static readonly string[] Bodies =
    [
        "0\r\n",
        "5\r\nhello\r\n0\r\n",
        "1;a=\"\\\"b\" ; c = d\r\n\r\r\n00A;e\r\n0\r\n\r\n0\r\n\r\n\r\n0;f\r\n",
    ];

    [TestCaseSource(nameof(Requests))]
    public void Request_IsTheSameHoweverCut(string text) => Check(text, Parsed.OfRequest);

    [TestCaseSource(nameof(Responses))]
    public void Response_IsTheSameHoweverCut(string text) =>
        Check(text, buffer => Parsed.OfResponse(buffer, Method.Get));

    [TestCaseSource(nameof(Sections))]
    public void Trailers_AreTheSameHoweverCut(string text) => Check(text, Parsed.OfTrailers);

    [TestCaseSource(nameof(Bodies))]
    public void ChunkedBody_IsTheSameHoweverCut(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var whole = ScannedBody.Of(bytes);
        Assert.That(whole.End, Is.EqualTo(ChunkPart.Last));
        Assert.That(ScannedBody.Of(bytes, [.. Enumerable.Range(1, bytes.Length - 1)]), Is.EqualTo(whole));
        for (var first = 0; first < bytes.Length; first++)
        {
            Assert.That(ScannedBody.Of(bytes[..first]).End, Is.EqualTo(ChunkPart.Incomplete), $"first {first} bytes");
            for (var second = first; second < bytes.Length; second++)
                Assert.That(ScannedBody.Of(bytes, first, second), Is.EqualTo(whole), $"cut at {first} and {second}");
        }
    }

    private static void Check(string text, Func<ReadOnlySequence<byte>, Parsed> read)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var next = Encoding.Latin1.GetBytes(text + "GET /next");
        var whole = read(Segments.Whole(bytes));
        Assert.That(whole.IsAccepted);
        Assert.That(whole.Length, Is.EqualTo(bytes.Length));
        Assert.That(read(Segments.ByteByByte(bytes)), Is.EqualTo(whole));
        Assert.That(read(Segments.ByteByByte(next)), Is.EqualTo(whole));
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.That(read(Segments.Whole(bytes[..cut])).IsIncomplete, $"first {cut} bytes");
            Assert.That(read(Segments.ByteByByte(bytes[..cut])).IsIncomplete, $"first {cut} bytes, each apart");
            Assert.That(read(Segments.CutAt(bytes, cut)), Is.EqualTo(whole), $"cut at {cut}");
            Assert.That(read(Segments.CutAt(next, 0, cut, cut)), Is.EqualTo(whole), $"empty pieces, cut at {cut}");
        }
    }
}
