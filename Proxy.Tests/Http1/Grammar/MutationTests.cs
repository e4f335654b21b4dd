using System.Buffers;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>
/// Ten thousand messages that are nearly right, others in each run: nothing throws, cutting changes nothing, and the
/// slow reference readers agree. PLANB_FUZZ_SEED repeats a run.
/// </summary>
internal sealed class MutationTests
{
    private const int Messages = 10_000;

    private static readonly string[] Requests =
    [
        "GET / HTTP/1.1\r\nHost: a.com\r\n\r\n",
        "HEAD /a?b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a.com:80\r\nContent-Length: 11\r\nX-A: c\r\n\r\nhello world",
        "PUT /a HTTP/1.1\r\nHost: [::1]:8\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: b\r\n\r\n0\r\n",
        "OPTIONS http://b.com HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4\r\nHost: a.com\r\nTE: trailers\r\n\r\n",
        "DELETE https://b.com/x HTTP/1.1\r\nHost:\r\nCookie: a=b\r\nCookie: c=d\r\nExpect: 100-continue\r\n\r\n",
    ];

    private static readonly string[] Responses =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: Tue, 24 Nov 2026 08:00:00 GMT\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length : 5\r\n\r\nhello",
        "HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\nTrailer: A\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n0\r\n",
        "HTTP/1.1 304 Not Modified\r\nConnection: X-A, close\r\nX-A: b\r\nETag: \"x\"\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204\r\n\r\n",
    ];

    private static readonly string[] Bodies =
    [
        "5\r\nhello\r\n0\r\n\r\n",
        "5;a=b;c\r\nhello\r\n0;d\r\n\r\n",
        "1 ; a = \"b\\\"\t\"\r\nx\r\n00a\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
    ];

    private static readonly string[] Sections =
        ["\r\n", "A: b\r\n\r\n", "A: b\r\nContent-Length: 5\r\nConnection: a\r\n\r\n"];

    private Random _random = null!;
    private Mutation _mutation = null!;
    private int[] _counts = [];

    [SetUp]
    public void Seed()
    {
        var given = Environment.GetEnvironmentVariable("PLANB_FUZZ_SEED");
        var seed = given is null ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"PLANB_FUZZ_SEED={seed}");
        _random = new Random(seed);
        _mutation = new Mutation(_random);
        _counts = new int[3];
    }

    [Test]
    public void Requests_AreReadAsTheReferenceReadsThem() => Run(Requests, (bytes, text) =>
    {
        Agree(Parsed.OfRequest(Segments.Whole(bytes)), ReferenceReader.OfRequest(text));
        Split(bytes, Parsed.OfRequest);
    });

    [Test]
    public void Responses_AreReadAsTheReferenceReadsThem() => Run(Responses, (bytes, text) =>
    {
        foreach (var method in new[] { Method.Get, Method.Head })
        {
            Agree(Parsed.OfResponse(Segments.Whole(bytes), method), ReferenceReader.OfResponse(text, method));
            Split(bytes, buffer => Parsed.OfResponse(buffer, method));
        }
    });

    [Test]
    public void Trailers_AreReadAsTheReferenceReadsThem() => Run(Sections, (bytes, text) =>
    {
        Agree(Parsed.OfTrailers(Segments.Whole(bytes)), ReferenceReader.OfTrailers(text));
        Split(bytes, Parsed.OfTrailers);
    });

    [Test]
    public void Chunks_AreReadAsTheReferenceReadsThem() => Run(Bodies, (bytes, text) =>
    {
        var (scanned, reference) = (ScannedBody.Of(bytes), ReferenceReader.OfChunks(text));
        Assert.That(scanned.End == ChunkPart.Last, Is.EqualTo(reference.Verdict == Verdict.Accepted));
        Count(reference.Verdict);
        if (reference.Verdict == Verdict.Refused) Assert.That(scanned.End, Is.EqualTo(ChunkPart.Malformed));
        if (scanned.End == ChunkPart.Last)
            Assert.That((scanned.Length, scanned.Content), Is.EqualTo((reference.Length, reference.Meaning)));
        Assert.That(ScannedBody.Of(bytes, Cuts(bytes)), Is.EqualTo(scanned));
        Assert.That(ScannedBody.Of(bytes, [.. Enumerable.Range(0, bytes.Length)]), Is.EqualTo(scanned));
    });

    [Test]
    public void ForwardedRequests_MeanTheSame()
    {
        using var forwarded = new ForwardedMessages();
        Run(Requests, (bytes, _) =>
        {
            var backend = _random.Next(2) == 0 ? ForwardedMessages.ByAddress : ForwardedMessages.ByName;
            if (forwarded.Request(bytes, backend) is not { } onward) return;
            ForwardedHeads.CheckRequest(forwarded.Exchange, onward, backend);
            Count(Verdict.Accepted);
        });
    }

    [Test]
    public void ForwardedResponses_MeanTheSame()
    {
        using var forwarded = new ForwardedMessages();
        Run(Responses, (bytes, _) =>
        {
            var method = _random.Next(4) == 0 ? "HEAD" : "GET";
            forwarded.Request($"{method} / HTTP/1.{_random.Next(2)}\r\nHost: a\r\n\r\n");
            if (forwarded.Response(bytes) is not { } onward) return;
            ForwardedHeads.CheckResponse(forwarded.Exchange, onward);
            Count(Verdict.Accepted);
        });
    }

    private void Run(string[] samples, Action<byte[], string> check)
    {
        for (var i = 0; i < Messages; i++)
        {
            var bytes = _mutation.Of(samples);
            var text = Encoding.Latin1.GetString(bytes);
            try
            {
                check(bytes, text);
            }
            catch (Exception e)
            {
                Assert.Fail($"message {i}: \"{Escaped(text)}\"\n{e}");
            }
        }

        var accepted = _counts[(int)Verdict.Accepted];
        TestContext.Out.WriteLine($"accepted {accepted}, refused {_counts[(int)Verdict.Refused]}");
        Assert.That(accepted, Is.GreaterThan(Messages / 10), "too few messages survive their changes");
    }

    private void Agree(Parsed reading, ReferenceReading reference)
    {
        Assert.That(reading.Verdict, Is.EqualTo(reference.Verdict));
        Count(reading.Verdict);
        if (!reading.IsAccepted) return;
        Assert.That((reading.Length, reading.Meaning), Is.EqualTo((reference.Length, reference.Meaning)));
    }

    private void Count(Verdict verdict) => _counts[(int)verdict]++;

    // What arrives bit by bit may be refused sooner, and then for another reason; else there is no difference.
    private void Split(byte[] bytes, Func<ReadOnlySequence<byte>, Parsed> read)
    {
        var whole = read(Segments.Whole(bytes));
        Assert.That(whole.Length, Is.LessThanOrEqualTo(bytes.Length));
        Assert.That(read(Segments.CutAt(bytes, Cuts(bytes))), Is.EqualTo(whole));
        var arriving = Parsed.Arriving(bytes, read, Cuts(bytes));
        if (whole.Verdict == Verdict.Refused) Assert.That(arriving.Verdict, Is.EqualTo(Verdict.Refused));
        else Assert.That(arriving, Is.EqualTo(whole));
    }

    private int[] Cuts(byte[] bytes) =>
        [.. Enumerable.Range(0, 3).Select(_ => _random.Next(bytes.Length + 1)).Order()];

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var b in text)
            escaped.Append(b is >= ' ' and < '\u007f' and not '"' and not '\\' ? $"{b}" : $"\\x{(int)b:x2}");
        return escaped.ToString();
    }
}
