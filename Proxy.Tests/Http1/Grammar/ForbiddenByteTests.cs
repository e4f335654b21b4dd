using System.Buffers;
using System.Text;
using NUnit.Framework;
using Proxy.Http1.Grammar;
using Proxy.Tests.Fixtures.Grammar;

namespace Proxy.Tests.Http1.Grammar;

/// <summary>
/// Every byte in every kind of place: accepted exactly where the RFC's set, written out here, has it.
/// </summary>
internal sealed class ForbiddenByteTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Digits = "0123456789";

    // RFC 9110 §5.6.2
    private const string TokenSet = "!#$%&'*+-.^_`|~" + Digits + Letters;

    // RFC 3986 §2.2, §2.3, §3.2.2: unreserved and sub-delims
    private const string NameSet = "-._~" + "!$&'()*+,;=" + Digits + Letters;

    [Test]
    public void Method_IsAToken() =>
        ForEachByte(b => Parsed.OfRequest($"G{b}T / HTTP/1.1\r\nHost: a\r\n\r\n").IsAccepted, TokenSet.Contains);

    // RFC 9112 §3.2: no white space, no control; a fragment is no part of any form; RFC 3986 §2: ASCII
    [Test]
    public void Target_IsVisibleAsciiWithoutFragment() => ForEachByte(
        b => Parsed.OfRequest($"GET /a{b}b HTTP/1.1\r\nHost: a\r\n\r\n").IsAccepted,
        b => b is > ' ' and < '\u007f' and not '#');

    [Test]
    public void Version_IsExact()
    {
        const string line = "HTTP/1.1";
        for (var i = 0; i < line.Length; i++)
        {
            var (before, after) = (line[..i], line[(i + 1)..]);
            var isMinor = i == line.Length - 1;
            ForEachByte(
                b => Parsed.OfRequest($"GET / {before}{b}{after}\r\nHost: a\r\n\r\n").IsAccepted,
                b => b == line[before.Length] || (isMinor && b == '0'));
            var isMajor = i == line.Length - 3;
            ForEachByte(
                b => Parsed.OfResponse($"{before}{b}{after} 200 OK\r\n\r\n").IsAccepted,
                b => b == line[before.Length] || (isMinor && Digits.Contains(b)) || (isMajor && b is > '0' and <= '9'));
        }
    }

    [Test]
    public void FieldName_IsAToken()
    {
        ForEachByte(b => Request($"A{b}B: c").IsAccepted, b => TokenSet.Contains(b) || b == ':');
        ForEachByte(b => Request($"{b}: c").IsAccepted, TokenSet.Contains);
        ForEachByte(b => Response($"A{b}B: c").IsAccepted, b => TokenSet.Contains(b) || b == ':');
    }

    // Lines are looked at many bytes at a time: wherever a byte is in a name or value of any length, it is seen.
    [Test]
    public void EveryByteOfALine_IsLookedAt()
    {
        const int longest = 3 * 16 + 1;
        for (var length = 1; length <= longest; length++)
        {
            for (var i = 0; i < length; i++)
            {
                var (before, after) = (new string('a', i), new string('b', length - i - 1));
                ForEach(
                    "!~_@(\0\u007f\u0080\u00ff",
                    b => Request($"x{before}{b}{after}: c").IsAccepted,
                    TokenSet.Contains);
                ForEach(
                    " \t~\0\u001f\u007f\u0080\u00ff",
                    b => Request($"A: x{before}{b}{after}x").IsAccepted,
                    IsText);
                ForEach(
                    "\t\0\u0001\r\n\u007f\u00ff",
                    b => Response($"A: x\u0001{before}{b}{after}x").IsAccepted,
                    IsLenientText);
            }
        }
    }

    [Test]
    public void BeforeTheColon_StandsTheName()
    {
        ForEachByte(b => Request($"A{b}: c").IsAccepted, b => TokenSet.Contains(b) || b == ':');
        ForEachByte(b => Response($"A{b}: c").IsAccepted, b => TokenSet.Contains(b) || b is ':' or ' ' or '\t');
    }

    // RFC 9110 §5.5: VCHAR, obs-text, SP and HTAB
    [TestCase("A: {0}b")]
    [TestCase("A: b{0}c")]
    [TestCase("A: b{0}")]
    [TestCase("A:{0}")]
    public void FieldValue_HasNoControlsButInResponses(string pattern) => Assert.Multiple(() =>
    {
        ForEachByte(b => Request(pattern.Replace("{0}", $"{b}")).IsAccepted, IsText);
        ForEachByte(b => Response(pattern.Replace("{0}", $"{b}")).IsAccepted, IsLenientText);
        ForEachByte(
            b => Parsed.OfTrailers(Sequence(pattern.Replace("{0}", $"{b}") + "\r\n\r\n"), isResponse: true).IsAccepted,
            IsLenientText);
        ForEachByte(b => Parsed.OfTrailers(pattern.Replace("{0}", $"{b}") + "\r\n\r\n").IsAccepted, IsText);
    });

    [Test]
    public void Reason_HasNeitherLineEndsNorNul() =>
        ForEachByte(b => Parsed.OfResponse($"HTTP/1.1 200 O{b}K\r\n\r\n").IsAccepted, IsLenientText);

    [Test]
    public void Status_IsThreeDigits()
    {
        ForEachByte(b => Parsed.OfResponse($"HTTP/1.1 {b}00 OK\r\n\r\n").IsAccepted, "123456789".Contains);
        ForEachByte(b => Parsed.OfResponse($"HTTP/1.1 2{b}0 OK\r\n\r\n").IsAccepted, Digits.Contains);
        ForEachByte(b => Parsed.OfResponse($"HTTP/1.1 20{b} OK\r\n\r\n").IsAccepted, Digits.Contains);
        ForEachByte(b => Parsed.OfResponse($"HTTP/1.1 200{b}OK\r\n\r\n").IsAccepted, b => b == ' ');
    }

    [Test]
    public void HostName_HasTheBytesOfANameOnly()
    {
        ForEachByte(
            b => Parsed.OfRequest($"GET / HTTP/1.1\r\nHost: a{b}1\r\n\r\n").IsAccepted,
            b => NameSet.Contains(b) || b == ':');
        ForEachByte(
            b => Parsed.OfRequest($"GET http://a{b}1/ HTTP/1.1\r\nHost: a\r\n\r\n").IsAccepted,
            b => NameSet.Contains(b) || b is ':' or '/' or '?');
    }

    [Test]
    public void Port_IsDigits() => ForEachByte(
        b => Parsed.OfRequest($"GET / HTTP/1.1\r\nHost: a:1{b}2\r\n\r\n").IsAccepted, Digits.Contains);

    [Test]
    public void Length_IsDigits() => ForEachByte(b => Request($"Content-Length: 1{b}2").IsAccepted, Digits.Contains);

    [Test]
    public void Coding_IsChunkedAlone()
    {
        ForEachByte(b => Request($"Transfer-Encoding: chun{b}ed").IsAccepted, b => b is 'k' or 'K');
        ForEachByte(b => Request($"Transfer-Encoding: {b}chunked").IsAccepted, b => b is ' ' or '\t');
        ForEachByte(b => Request($"Transfer-Encoding: chunked{b}").IsAccepted, b => b is ' ' or '\t');
    }

    [Test]
    public void LineEnds_AreCrlf()
    {
        ForEachByte(b => Parsed.OfRequest($"GET / HTTP/1.1{b}\nHost: a\r\n\r\n").IsAccepted, b => b == '\r');
        ForEachByte(b => Parsed.OfRequest($"GET / HTTP/1.1\r{b}Host: a\r\n\r\n").IsAccepted, b => b == '\n');
        ForEachByte(b => Parsed.OfRequest($"GET / HTTP/1.0\r\nA: b{b}\n\r\n").IsAccepted, b => b == '\r');
        ForEachByte(b => Parsed.OfRequest($"GET / HTTP/1.0\r\nA: b\r{b}\r\n").IsAccepted, b => b == '\n');
        ForEachByte(b => Parsed.OfRequest($"GET / HTTP/1.0\r\nA: b\r\n\r{b}").IsAccepted, b => b == '\n');
    }

    [Test]
    public void ChunkLine_HasItsGrammar()
    {
        const string hex = Digits + "abcdefABCDEF";
        ForEachByte(b => IsWhole($"{b}\r\n"), b => b == '0');
        ForEachByte(b => !IsMalformed($"{b}"), hex.Contains);
        ForEachByte(b => !IsMalformed($"1{b}"), b => hex.Contains(b) || b is ';' or ' ' or '\t' or '\r');
        ForEachByte(b => !IsMalformed($"1\r{b}"), b => b == '\n');
        ForEachByte(b => !IsMalformed($"1;{b}"), b => TokenSet.Contains(b) || b is ' ' or '\t');
        ForEachByte(b => !IsMalformed($"1;a{b}"), b => TokenSet.Contains(b) || b is ' ' or '\t' or '=' or ';' or '\r');
        ForEachByte(b => !IsMalformed($"1;a={b}"), b => TokenSet.Contains(b) || b is ' ' or '\t' or '"');
        ForEachByte(b => !IsMalformed($"1;a=b{b}"), b => TokenSet.Contains(b) || b is ' ' or '\t' or ';' or '\r');
        ForEachByte(b => !IsMalformed($"1;a=\"{b}"), IsText);
        ForEachByte(b => !IsMalformed($"1;a=\"\\{b}"), IsText);
        ForEachByte(b => !IsMalformed($"1;a=\"\"{b}"), b => b is ' ' or '\t' or ';' or '\r');
        ForEachByte(b => !IsMalformed($"1\r\n{b}\r\n"), _ => true);
        ForEachByte(b => !IsMalformed($"1\r\nx{b}"), b => b == '\r');
        ForEachByte(b => !IsMalformed($"1\r\nx\r{b}"), b => b == '\n');
    }

    private static bool IsText(char b) => (b >= ' ' && b != '\u007f') || b == '\t';

    private static bool IsLenientText(char b) => b is not ('\r' or '\n' or '\0');

    private static ReadOnlySequence<byte> Sequence(string text) => Segments.Whole(Encoding.Latin1.GetBytes(text));

    private static bool IsMalformed(string body) => ScannedBody.Of(body).End == ChunkPart.Malformed;

    private static bool IsWhole(string body) => ScannedBody.Of(body).End == ChunkPart.Last;

    private static Parsed Request(string line) => Parsed.OfRequest($"POST / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");

    private static Parsed Response(string line) => Parsed.OfResponse($"HTTP/1.1 200 OK\r\n{line}\r\n\r\n");

    private static void ForEachByte(Predicate<char> isAccepted, Predicate<char> isAllowed) =>
        ForEach(Enumerable.Range(0, 0x100).Select(b => (char)b), isAccepted, isAllowed);

    private static void ForEach(IEnumerable<char> bytes, Predicate<char> isAccepted, Predicate<char> isAllowed)
    {
        var wrong = new StringBuilder();
        foreach (var b in bytes)
        {
            if (isAccepted(b) == isAllowed(b)) continue;
            wrong.Append($" 0x{(int)b:x2} ({(isAllowed(b) ? "allowed" : "forbidden")})");
        }

        Assert.That(wrong.ToString(), Is.Empty);
    }
}
