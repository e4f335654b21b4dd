using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using NUnit.Framework;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;
using Proxy.Http1;
using Proxy.Http1.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>
/// Chunked responses: blanks in a chunk's line and badly formed extensions are accepted, and blanks are not passed on.
/// Where a line ends is never in doubt.
/// </summary>
internal sealed class ResponseChunkTests
{
    [TestCase("5 \r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5\t\r\nhello\r\n0\t\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5    \r\nhello\r\n0  \t \r\n\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("1 \r\na\r\n2 \r\nbc\r\n0 \r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")]
    [TestCase("5 ;a=b\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5 ; a = b \r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=\"b \\\" c\" \r\nhello\r\n0\r\n\r\n", "5;a=\"b \\\" c\"\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=\"b\";c\r\n h\tl \r\n0\r\n\r\n", "5;a=\"b\";c\r\n h\tl \r\n0\r\n\r\n")]
    [TestCase("5;\r\nhello\r\n0;\r\n\r\n", "5;\r\nhello\r\n0;\r\n\r\n")]
    [TestCase("5;=,(\u0001\u00e9\r\nhello\r\n0\r\n\r\n", "5;=,(\u0001\u00e9\r\nhello\r\n0\r\n\r\n")]
    public void Blanks_AreLeftOutHoweverCut(string text, string passedOn)
    {
        foreach (var cuts in CutsOf(text.Length))
            Assert.That(PassOn(text, cuts), Is.EqualTo((passedOn, BodyEnd.Complete)), string.Join(',', cuts));
    }

    [TestCase(" 5\r\nhello\r\n")]
    [TestCase("5 5\r\nhello\r\n")]
    [TestCase("5 x\r\nhello\r\n")]
    [TestCase("5 \n")]
    [TestCase("5 \0\r\n")]
    [TestCase("5 \rx\n")]
    [TestCase("5;a\n")]
    [TestCase("5;a\0\r\n")]
    [TestCase("5;a\rb\r\n")]
    [TestCase("5;a=\"b\r\n")]
    [TestCase("5;a=\"b\\\r\n")]
    [TestCase("5;a=\"b\n\"\r\n")]
    [TestCase("5 \r\nhello \r\n")]
    [TestCase(";a\r\n")]
    [TestCase(" \r\n")]
    public void LineWhoseEndOrSizeIsInDoubt_IsRefused(string text)
    {
        foreach (var cuts in CutsOf(text.Length))
            Assert.That(PassOn(text, cuts).End, Is.EqualTo(BodyEnd.SourceMalformed), string.Join(',', cuts));
    }

    [TestCase("5 \r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a \r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;\r\nhello\r\n0\r\n\r\n")]
    public void InRequests_NothingOfThisIsAccepted(string text) =>
        Assert.That(PassOn(text, [], isResponse: false).End, Is.EqualTo(BodyEnd.SourceMalformed));

    [Test]
    public void Blanks_CountInTheBoundOfALine([Values(0, 1)] int beyond)
    {
        var blanks = new string(' ', ChunkedScanner.LineBytesMax - "5\r\n".Length + beyond);
        var (passedOn, end) = PassOn($"5{blanks}\r\nhello\r\n0\r\n\r\n", []);
        Assert.That(end, Is.EqualTo(beyond == 0 ? BodyEnd.Complete : BodyEnd.SourceMalformed));
        Assert.That(passedOn, Is.EqualTo(beyond == 0 ? "5\r\nhello\r\n0\r\n\r\n" : "5"));
    }

    [Test]
    public void ContentOfPaddedChunks_IsFoundForOldClients() => Assert.That(
        PassOn("1 \r\na\r\n2 ;\r\nbc\r\n0 \r\n\r\n", [], plan: BodyPlan.ChunkedToContent),
        Is.EqualTo(("abc", (BodyEnd?)BodyEnd.Complete)));

    private static IEnumerable<int[]> CutsOf(int length)
    {
        yield return [];
        yield return [.. Enumerable.Range(1, length - 1)];
        for (var cut = 1; cut < length; cut++) yield return [cut];
    }

    // What a receiver gets when the body arrives in these pieces, and how it ends.
    private static (string PassedOn, BodyEnd? End) PassOn(
        string text, int[] cuts, bool isResponse = true, BodyPlan plan = BodyPlan.Chunked)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var scanner = new Http1BodyReader();
        scanner.Begin(plan, 0, isResponse);
        var passedOn = new StringBuilder();
        var start = 0;
        foreach (var end in cuts.Append(bytes.Length))
        {
            while (true)
            {
                var arrived = new ReadOnlySequence<byte>(bytes, start, end - start);
                var verdict = scanner.Scan(new ReadResult(arrived, isCanceled: false, isCompleted: false));
                passedOn.Append(Encoding.Latin1.GetString(verdict.Part));
                if (verdict.HasTrailers) passedOn.Append("\r\n");
                if (verdict.End is not null) return (passedOn.ToString(), verdict.End);
                if (verdict.Consumed == 0) break;
                start += (int)verdict.Consumed;
            }
        }

        return (passedOn.ToString(), null);
    }
}
