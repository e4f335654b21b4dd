using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>Every bound of a head, exactly at it and one beyond.</summary>
internal sealed class HeadBoundTests
{
    private const string RequestStart = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
    private const string ResponseStart = "HTTP/1.1 200 OK\r\nA: ";

    [Test]
    public void RequestHead_IsBounded()
    {
        var largest = Filled(RequestStart, HeadBytes.Max);
        var larger = Filled(RequestStart, HeadBytes.Max + 1);
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfRequest(largest).Length, Is.EqualTo(HeadBytes.Max));
            Assert.That(Parsed.OfRequest(largest + "body").Length, Is.EqualTo(HeadBytes.Max));
            Assert.That(Parsed.OfRequest(largest[..^1]).IsIncomplete);
            Assert.That(Parsed.OfRequest(larger).Rejection, Is.EqualTo(Rejection.HeadTooLarge));
            Assert.That(Parsed.OfRequest(larger[..^1]).Rejection, Is.EqualTo(Rejection.HeadTooLarge));
        });
    }

    [Test]
    public void ResponseHead_IsBounded()
    {
        var largest = Filled(ResponseStart, HeadBytes.Max);
        var larger = Filled(ResponseStart, HeadBytes.Max + 1);
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfResponse(largest).Length, Is.EqualTo(HeadBytes.Max));
            Assert.That(Parsed.OfResponse(largest[..^1]).IsIncomplete);
            Assert.That(Parsed.OfResponse(larger).Rejection, Is.EqualTo(Rejection.HeadTooLarge));
        });
    }

    [Test]
    public void Target_IsBounded()
    {
        var longest = "/" + new string('t', RequestParser.TargetBytesMax - 1);
        Assert.Multiple(() =>
        {
            Assert.That(WithTarget(longest).IsAccepted);
            Assert.That(WithTarget(longest + "t").Rejection, Is.EqualTo(Rejection.TargetTooLong));
            Assert.That(WithTarget("http://a/" + longest[9..]).IsAccepted);
            Assert.That(WithTarget("http://a/" + longest[8..]).Rejection, Is.EqualTo(Rejection.TargetTooLong));
        });
    }

    [Test]
    public void TargetThatIsNotOverYet_IsTooLongAtTheByte()
    {
        var longest = "GET /" + new string('t', RequestParser.TargetBytesMax - 1);
        Assert.That(Parsed.OfRequest(longest).IsIncomplete);
        Assert.That(Parsed.OfRequest(longest + "t").Rejection, Is.EqualTo(Rejection.TargetTooLong));
    }

    [TestCase(RequestParser.MethodBytesMax + 1)]
    [TestCase(20 * 1024)]
    [TestCase(HeadBytes.Max + 1)]
    public void Method_IsBounded(int length)
    {
        var longest = new string('M', RequestParser.MethodBytesMax);
        var longer = new string('M', length);
        const string Rest = " / HTTP/1.1\r\nHost: a\r\n\r\n";
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfRequest(longest).IsIncomplete);
            Assert.That(Parsed.OfRequest(longest + Rest).IsAccepted);
            Assert.That(Parsed.OfRequest(longer).Rejection, Is.EqualTo(Rejection.BadStartLine));
            Assert.That(Parsed.OfRequest(longer + Rest).Rejection, Is.EqualTo(Rejection.BadStartLine));
        });
    }

    [Test]
    public void TargetThatNeverEnds_IsTooLongAndNoLargeHead()
    {
        var endless = "GET /" + new string('t', HeadBytes.Max);
        Assert.That(Parsed.OfRequest(endless).Rejection, Is.EqualTo(Rejection.TargetTooLong));
    }

    [Test]
    public void Fields_AreBounded()
    {
        var most = string.Concat(Enumerable.Repeat("A: b\r\n", Head.FieldsMax - 1));
        Assert.Multiple(() =>
        {
            Assert.That(WithFields(most).IsAccepted);
            Assert.That(WithFields(most + "C: d\r\n").Rejection, Is.EqualTo(Rejection.TooManyFields));
            Assert.That(Parsed.OfResponse($"HTTP/1.1 200 OK\r\n{most}C: d\r\n\r\n").IsAccepted);
            Assert.That(
                Parsed.OfResponse($"HTTP/1.1 200 OK\r\n{most}C: d\r\nE: f\r\n\r\n").Rejection,
                Is.EqualTo(Rejection.TooManyFields));
        });
    }

    [Test]
    public void FieldsWithoutEnd_AreRefusedAtTheOneTooMany()
    {
        var most = string.Concat(Enumerable.Repeat("A: b\r\n", Head.FieldsMax));
        Assert.Multiple(() =>
        {
            Assert.That(Parsed.OfRequest("GET / HTTP/1.1\r\n" + most).IsIncomplete);
            Assert.That(Parsed.OfRequest("GET / HTTP/1.1\r\n" + most + "A: ").IsIncomplete);
            Assert.That(
                Parsed.OfRequest("GET / HTTP/1.1\r\n" + most + "A: b\r\n").Rejection,
                Is.EqualTo(Rejection.TooManyFields));
            Assert.That(Parsed.OfResponse("HTTP/1.1 200 OK\r\n" + most).IsIncomplete);
            Assert.That(
                Parsed.OfResponse("HTTP/1.1 200 OK\r\n" + most + "A: b\r\n").Rejection,
                Is.EqualTo(Rejection.TooManyFields));
            Assert.That(Parsed.OfTrailers(most).IsIncomplete);
            Assert.That(Parsed.OfTrailers(most + "A: b\r\n").Rejection, Is.EqualTo(Rejection.BadTrailers));
        });
    }

    [Test]
    public void HeadAfterTheLargestOne_IsReadAsEver()
    {
        var head = new RequestHead();
        var large = System.Text.Encoding.Latin1.GetBytes(Filled(RequestStart, HeadBytes.Max));
        var small = "GET /b HTTP/1.1\r\nHost: b\r\n\r\n"u8.ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(RequestParser.TryRead(Segments.Whole(large), head, out _), Is.EqualTo(Rejection.None));
            Assert.That(RequestParser.TryRead(Segments.Whole(small), head, out _), Is.EqualTo(Rejection.None));
            Assert.That(Parsed.Text(head, head.Host), Is.EqualTo("b"));
            Assert.That(head.FieldCount, Is.EqualTo(1));
            Assert.That(head.Bytes.Length, Is.EqualTo(small.Length));
        });
    }

    private static string Filled(string start, int length) =>
        start + new string('x', length - start.Length - 4) + "\r\n\r\n";

    private static Parsed WithTarget(string target) => Parsed.OfRequest($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

    private static Parsed WithFields(string fields) =>
        Parsed.OfRequest($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
}
