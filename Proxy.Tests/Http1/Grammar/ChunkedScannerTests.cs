using NUnit.Framework;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>RFC 9112 §7.1, to the byte.</summary>
internal sealed class ChunkedScannerTests
{
    [TestCase("0\r\n", "")]
    [TestCase("000\r\n", "")]
    [TestCase("5\r\nhello\r\n0\r\n", "hello")]
    [TestCase("00005\r\nhello\r\n0\r\n", "hello")]
    [TestCase("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n", "01234567890123456789")]
    [TestCase("2\r\n\r\n\r\n0\r\n", "\r\n")]
    [TestCase("5\r\n0\r\n\r\n\r\n0\r\n", "0\r\n\r\n")]
    [TestCase("1;a\r\nx\r\n0;b\r\n", "x")]
    [TestCase("1;a=b\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=b;c;d=e\r\nx\r\n0\r\n", "x")]
    [TestCase("1 ;a\r\nx\r\n0\r\n", "x")]
    [TestCase("1\t ; a \t= b ;c\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=\"\"\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=\"b c;\t,=\u00e9\"\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=\"b\\\"c\\\\\"\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=\"b\";c\r\nx\r\n0\r\n", "x")]
    [TestCase("1;a=\"b\" ; c\r\nx\r\n0\r\n", "x")]
    [TestCase("1;!#$%&'*+-.^_`|~09azAZ=!#$%&'*+-.^_`|~09azAZ\r\nx\r\n0\r\n", "x")]
    public void ValidBody_IsScannedToItsLastChunk(string text, string content)
    {
        var expected = new ScannedBody(ChunkPart.Last, text.Length, content);
        Assert.Multiple(() =>
        {
            Assert.That(ScannedBody.Of(text), Is.EqualTo(expected));
            Assert.That(ScannedBody.Of(text + "\r\nGET / HTTP/1.1\r\n"), Is.EqualTo(expected));
        });
    }

    [TestCase("\r\n", 0)]
    [TestCase("0x5\r\n", 1)]
    [TestCase("x5\r\n", 0)]
    [TestCase("-1\r\n", 0)]
    [TestCase("+5\r\n", 0)]
    [TestCase(" 5\r\n", 0)]
    [TestCase("\t5\r\n", 0)]
    [TestCase("5 \r\n", 2)]
    [TestCase("5\t\r\n", 2)]
    [TestCase("5 5\r\n", 2)]
    [TestCase("5,5\r\n", 1)]
    [TestCase("5.0\r\n", 1)]
    [TestCase("5h\r\n", 1)]
    [TestCase("g\r\n", 0)]
    [TestCase("\"5\"\r\n", 0)]
    [TestCase("5\0\r\n", 1)]
    [TestCase("5\n", 1)]
    [TestCase("5\r", 2)]
    [TestCase("5\r5", 2)]
    [TestCase("5\r\r\n", 2)]
    [TestCase("\u0660\r\n", 0)]
    [TestCase(";a\r\n", 0)]
    public void MalformedSize_IsRefusedAtTheByte(string line, int at) =>
        Assert.That(ScannedBody.Of(line + "xxxxx"), Is.EqualTo(new ScannedBody(ChunkPart.Malformed, at, "")));

    [TestCase("5;\r\n", 2)]
    [TestCase("5; \r\n", 3)]
    [TestCase("5;;a\r\n", 2)]
    [TestCase("5;=a\r\n", 2)]
    [TestCase("5;a=\r\n", 4)]
    [TestCase("5;a= \r\n", 5)]
    [TestCase("5;a=;b\r\n", 4)]
    [TestCase("5;a \r\n", 4)]
    [TestCase("5;a b\r\n", 4)]
    [TestCase("5;a=b c\r\n", 6)]
    [TestCase("5;a=b \r\n", 6)]
    [TestCase("5;a==b\r\n", 4)]
    [TestCase("5;a,b\r\n", 3)]
    [TestCase("5;\"a\"\r\n", 2)]
    [TestCase("5;a=\"b\r\n", 6)]
    [TestCase("5;a=\"b\n\"\r\n", 6)]
    [TestCase("5;a=\"b\0\"\r\n", 6)]
    [TestCase("5;a=\"b\u007f\"\r\n", 6)]
    [TestCase("5;a=\"\\\r\n\"\r\n", 6)]
    [TestCase("5;a=\"\\\n\"\r\n", 6)]
    [TestCase("5;a=\"\\\0\"\r\n", 6)]
    [TestCase("5;a=\"b\"c\r\n", 7)]
    [TestCase("5;a=b\"c\"\r\n", 5)]
    [TestCase("5;a=\"b\"\"c\"\r\n", 7)]
    [TestCase("5;a\n", 3)]
    [TestCase("5;a\nx", 3)]
    [TestCase("5;a\rx\n", 4)]
    [TestCase("5;a\r\r\n", 4)]
    [TestCase("5;a\0\r\n", 3)]
    [TestCase("5;\u00e9\r\n", 2)]
    [TestCase("5;a=\u00e9\r\n", 4)]
    [TestCase("5;a=b\n\r\n", 5)]
    [TestCase("5 \n", 2)]
    [TestCase("5 \r;a\r\n", 2)]
    [TestCase("0 \r\n", 2)]
    [TestCase("0\n", 1)]
    [TestCase("0;\n", 2)]
    public void MalformedExtension_IsRefusedAtTheByte(string line, int at) =>
        Assert.That(ScannedBody.Of(line + "xxxxx"), Is.EqualTo(new ScannedBody(ChunkPart.Malformed, at, "")));

    [TestCase("5\r\nhello0\r\n", 8)]
    [TestCase("5\r\nhello!\r\n", 8)]
    [TestCase("5\r\nhello\n0\r\n", 8)]
    [TestCase("5\r\nhello\r0\r\n", 9)]
    [TestCase("5\r\nhello\r\r\n", 9)]
    [TestCase("5\r\nhello \r\n", 8)]
    [TestCase("5\r\nhello;\r\n", 8)]
    [TestCase("5\r\nhello\0\r\n", 8)]
    [TestCase("5\r\nhello\r\n\r\n", 10)]
    [TestCase("5\r\nhello\r\n 0\r\n", 10)]
    [TestCase("5\r\nhello\r\nGET / HTTP/1.1\r\n", 10)]
    public void DataNotEndedByItsLine_IsRefused(string text, int at) =>
        Assert.That(ScannedBody.Of(text), Is.EqualTo(new ScannedBody(ChunkPart.Malformed, at, "hello")));

    [TestCase("7fffffffffffffff\r\n", false)]
    [TestCase("07FFFFFFFFFFFFFFF\r\n", false)]
    [TestCase("8000000000000000\r\n", true)]
    [TestCase("ffffffffffffffff\r\n", true)]
    [TestCase("10000000000000000\r\n", true)]
    [TestCase("10000000000000005\r\n", true)]
    [TestCase("100000000000000000000000000000005\r\n", true)]
    public void SizeThatOverflows_IsRefused(string line, bool isRefused) => Assert.Multiple(() =>
    {
        var body = ScannedBody.Of(line + "x");
        Assert.That(body.End, Is.EqualTo(isRefused ? ChunkPart.Malformed : ChunkPart.Incomplete));
        Assert.That(body.Content, Is.EqualTo(isRefused ? "" : "x"));
    });

    [TestCase("{0}5")]
    [TestCase("5;{0}")]
    [TestCase("5;a={0}")]
    [TestCase("5;a=\"{0}\"")]
    [TestCase("5;a{1}=b")]
    [TestCase("5{1};a")]
    public void Line_IsBounded(string pattern)
    {
        Assert.Multiple(() =>
        {
            Assert.That(ScannedBody.Of(Line(ChunkedScanner.LineBytesMax) + "hello").Content, Is.EqualTo("hello"));
            Assert.That(ScannedBody.Of(Line(ChunkedScanner.LineBytesMax + 1)).End, Is.EqualTo(ChunkPart.Malformed));
            Assert.That(ScannedBody.Of(TwoOf(Line(ChunkedScanner.LineBytesMax))).Content, Is.EqualTo("hellohello"));
        });

        string Line(int length)
        {
            var fixedBytes = pattern.Length - "{0}\r\n".Length + 4;
            var filler = length - fixedBytes;
            return pattern.Replace("{0}", new string('0', filler)).Replace("{1}", new string(' ', filler)) + "\r\n";
        }

        static string TwoOf(string line) => line + "hello\r\n" + line + "hello";
    }

    [Test]
    public void AfterTheLastChunk_NothingIsAccepted()
    {
        var scanner = default(ChunkedScanner);
        Assert.Multiple(() =>
        {
            Assert.That(scanner.Next("0\r\n\r\n"u8, out var length), Is.EqualTo(ChunkPart.Last));
            Assert.That(length, Is.EqualTo(3));
            Assert.That(scanner.Next("\r\n"u8, out _), Is.EqualTo(ChunkPart.Malformed));
        });
    }

    [Test]
    public void NoBytes_SayNothing()
    {
        var scanner = default(ChunkedScanner);
        Assert.That(scanner.Next(default, out var length), Is.EqualTo(ChunkPart.Incomplete));
        Assert.That(length, Is.Zero);
    }
}
