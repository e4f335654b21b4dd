using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>Reading messages costs no managed memory, once the buffers are there.</summary>
internal sealed class AllocationTests
{
    private const int Messages = 10_000;
    private const int RoundsMax = 5;

    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n")]
    [TestCase("GET http://[2001:db8::1]:80/ HTTP/1.1\r\nHost: [::1]:8\r\nConnection: close, X\r\nX: y\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\nA : refused\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a.com\r\nincomplete")]
    public void Requests_AllocateNothing(string text)
    {
        var (head, bytes) = (new RequestHead(), Encoding.Latin1.GetBytes(text));
        AssertNothingAllocated(() => RequestParser.TryRead(Segments.Whole(bytes), head, out _));
    }

    [Test]
    public void RequestsInSegments_AllocateNothing()
    {
        var head = new RequestHead();
        var buffer = Segments.ByteByByte("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n"u8.ToArray());
        AssertNothingAllocated(() => RequestParser.TryRead(buffer, head, out _));
    }

    [TestCase(64)]
    [TestCase(Head.FieldsMax - 1)]
    public void RequestsWithManyFields_AllocateNothing(int fields)
    {
        var head = new RequestHead();
        var text = string.Concat(Enumerable.Range(0, fields).Select(i => $"Name-{i}: {new string('v', 40)}\r\n"));
        var bytes = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\n{text}\r\n");
        AssertNothingAllocated(() => RequestParser.TryRead(Segments.Whole(bytes), head, out _));
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie : b\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: refused\r\n\r\n")]
    public void Responses_AllocateNothing(string text)
    {
        var (head, bytes) = (new ResponseHead(), Encoding.Latin1.GetBytes(text));
        AssertNothingAllocated(() => ResponseParser.TryRead(Segments.Whole(bytes), Method.Get, head, out _));
    }

    [Test]
    public void ChunkedBodies_AllocateNothing()
    {
        var bytes = "5;a=\"b\"\r\nhello\r\n0\r\n"u8.ToArray();
        AssertNothingAllocated(() =>
        {
            var scanner = default(ChunkedScanner);
            var rest = bytes.AsSpan();
            while (scanner.Next(rest, out var length) != ChunkPart.Last) rest = rest[length..];
        });
    }

    [Test]
    public void Trailers_AllocateNothing()
    {
        var (section, bytes) = (new TrailerSection(), "A: b\r\nContent-Length: 5\r\n\r\n"u8.ToArray());
        AssertNothingAllocated(() => TrailerParser.TryRead(Segments.Whole(bytes), section, isResponse: false, out _));
    }

    // What messages cost, each round shows. The runtime allocates here too, but once: when it replaces the code of a
    // running loop, or when a collection has emptied a pool of arrays. Under load that may be late.
    private static void AssertNothingAllocated(Action read)
    {
        var rounds = new List<long>();
        do rounds.Add(AllocatedByRound(read));
        while (rounds[^1] > 0 && rounds.Count < RoundsMax);
        Assert.That(rounds[^1], Is.Zero, $"bytes of each round: {string.Join(", ", rounds)}");
    }

    private static long AllocatedByRound(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++) read();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
