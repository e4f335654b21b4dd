using System.Buffers;
using System.Text;
using NUnit.Framework;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §2.2: empty lines before a request line.</summary>
internal sealed class EmptyLinesTests
{
    [TestCase("", 0, false)]
    [TestCase("\r", 0, false)]
    [TestCase("\r\n", 2, false)]
    [TestCase("\r\n\r", 2, false)]
    [TestCase("\r\n\r\n\r\n", 6, false)]
    [TestCase("G", 0, true)]
    [TestCase("\r\nG", 2, true)]
    [TestCase("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 6, true)]
    [TestCase("\n", 0, true)]
    [TestCase("\r\n\n", 2, true)]
    [TestCase("\r\r\n", 0, true)]
    [TestCase(" \r\n", 0, true)]
    [TestCase("\rG", 0, true)]
    public void EmptyLines_AreSkippedHoweverCut(string text, int expected, bool isRequestExpected)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        List<ReadOnlySequence<byte>> forms = [Segments.Whole(bytes), Segments.ByteByByte(bytes)];
        for (var cut = 0; cut < bytes.Length; cut++) forms.Add(Segments.CutAt(bytes, 0, cut, cut));
        foreach (var buffer in forms)
        {
            var lines = default(EmptyLines);
            var start = lines.Skip(buffer, out var isRequest);
            Assert.That(
                (buffer.Slice(0, start).Length, isRequest), Is.EqualTo(((long)expected, isRequestExpected)));
        }
    }

    [Test]
    public void LinesOfOneRequest_AreBoundedHoweverTheyArrive([Values(2, 1000, EmptyLines.BytesMax + 2)] int atOnce)
    {
        var lines = default(EmptyLines);
        var text = string.Concat(Enumerable.Repeat("\r\n", atOnce / 2));
        var skipped = 0L;
        var isRequest = false;
        for (var arrived = 0; arrived <= EmptyLines.BytesMax && !isRequest; arrived += text.Length)
        {
            var buffer = Segments.Whole(Encoding.Latin1.GetBytes(text));
            skipped += buffer.Slice(0, lines.Skip(buffer, out isRequest)).Length;
        }

        Assert.That((skipped, isRequest), Is.EqualTo(((long)EmptyLines.BytesMax, true)));
    }

    [Test]
    public void LinesBeforeTheNextRequest_AreCountedFromTheBeginning()
    {
        var most = string.Concat(Enumerable.Repeat("\r\n", EmptyLines.BytesMax / 2)) + "GET";
        var buffer = Segments.Whole(Encoding.Latin1.GetBytes(most));
        var lines = default(EmptyLines);
        for (var request = 0; request < 2; request++)
        {
            var start = lines.Skip(buffer, out _);
            Assert.That(buffer.Slice(start).Length, Is.EqualTo(3));
        }
    }
}
