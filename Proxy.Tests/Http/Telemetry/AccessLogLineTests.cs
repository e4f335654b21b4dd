using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Tests.Fixtures.Telemetry;
using static Proxy.Tests.Fixtures.Telemetry.LogFolder;

namespace Proxy.Tests.Http.Telemetry;

public sealed partial class AccessLogLineTests
{
    private const string Awkward = "\"\\\r\n\0\x7F []:x";

    private static readonly Gen<byte[]> AnyField = Gen.Frequency(
        (3, Gen.Byte),
        (1, Gen.Int[0, Awkward.Length - 1].Select(i => (byte)Awkward[i]))).Array[0, 60];

    [Test]
    public void ZeroEntry_IsTheSeedsZeroLine() => Assert.That(Line(default), Is.EqualTo(ZeroLine));

    [Test]
    public void ZeroEntry_IsTheSeedsZeroLineInAnyZone()
    {
        var room = new byte[AccessLogLine.Room(default)];
        var west = TimeZoneInfo.CreateCustomTimeZone("west", TimeSpan.FromHours(-5), "west", "west");
        var length = new AccessLogLine(west).Write(default, room);
        Assert.That(Encoding.Latin1.GetString(room, 0, length), Is.EqualTo(ZeroLine));
    }

    [Test]
    public void Exchange_IsTheSeedsLine()
    {
        var entry = new AccessLogEntry
        {
            Client = "127.0.0.1"u8,
            Time = new DateTimeOffset(2026, 11, 24, 8, 19, 27, 999, TimeSpan.Zero),
            Method = "GET"u8,
            Path = "/foo"u8,
            Protocol = "HTTP/1.1"u8,
            Status = 200,
            BodyBytes = 181,
            Referer = ""u8,
            UserAgent = "curl/7.88.1"u8,
            RequestIdHeader = "X-Request-Id"u8,
            RequestId = "e70cb379-154a-4509-426b-b1e13db0e4e3"u8,
            Frontend = "a.com"u8,
            ForwardedFor = "10.0.0.1, 10.0.0.2"u8,
            Total = TimeSpan.FromMilliseconds(1.4),
            Backend = TimeSpan.FromMilliseconds(12_345.5),
        };
        var stored = new StoredEntry(entry).At(
            new EntryCompletion { Time = entry.Time, BytesOut = entry.BodyBytes, Total = entry.Total });
        Assert.That(Line(stored), Is.EqualTo(Line(entry)));
        Assert.That(Line(entry), Is.EqualTo(
            "::ffff:127.0.0.1 - - [24/Nov/2026:10:19:27 +0200] \"GET /foo HTTP/1.1\" 200 181 \"\" \"curl/7.88.1\" " +
            "\"X-Request-Id:e70cb379-154a-4509-426b-b1e13db0e4e3\" \"a.com\" \"10.0.0.1, 10.0.0.2\" 0.001 12.346\n"));
    }

    [TestCase("1.2.3.4", "::ffff:1.2.3.4")]
    [TestCase("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [TestCase("::1", "::1")]
    [TestCase("2001:db8::1", "::ffff:2001:db8::1")]
    public void ClientAddress_HasTheSeedsForm(string address, string expected)
    {
        var line = Line(new AccessLogEntry { Client = Encoding.ASCII.GetBytes(address) });
        Assert.That(line, Does.StartWith(expected + " - - ["));
    }

    [TestCase(0, "0.000")]
    [TestCase(4_999, "0.000")]
    [TestCase(5_000, "0.001")]
    [TestCase(9_995_000, "1.000")]
    [TestCase(36_000_000_000, "3600.000")]
    [TestCase(-10_000_000, "0.000")]
    public void Duration_HasThreeDecimals(long ticks, string expected)
    {
        var line = Line(new AccessLogEntry { Total = TimeSpan.FromTicks(ticks), Backend = TimeSpan.FromTicks(ticks) });
        Assert.That(line, Does.EndWith($" {expected} {expected}\n"));
    }

    [Test]
    public void UnknownLength_IsMinusOne() =>
        Assert.That(Line(new AccessLogEntry { Status = 304, BodyBytes = -1 }), Does.Contain("\" 304 -1 \""));

    [TestCase("Pacific/Marquesas", "15/Jun/2026:02:30:00 -0930")]
    [TestCase("America/New_York", "15/Jun/2026:08:00:00 -0400")]
    [TestCase("Asia/Kathmandu", "15/Jun/2026:17:45:00 +0545")]
    [TestCase("UTC", "15/Jun/2026:12:00:00 +0000")]
    public void Time_IsLocal(string zone, string expected)
    {
        var line = new AccessLogLine(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var room = new byte[AccessLogLine.Room(default)];
        var entry = new AccessLogEntry { Time = new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero) };
        Assert.That(Encoding.Latin1.GetString(room, 0, line.Write(entry, room)), Does.Contain($"[{expected}]"));
    }

    [Test]
    public void Time_FollowsTheEntriesForwardAndBack()
    {
        var line = new AccessLogLine(TimeZoneInfo.Utc);
        var room = new byte[AccessLogLine.Room(default)];
        foreach (var second in (int[])[5, 5, 6, 5, 59])
        {
            var entry = new AccessLogEntry { Time = new DateTimeOffset(2026, 2, 3, 4, 5, second, TimeSpan.Zero) };
            var text = Encoding.Latin1.GetString(room, 0, line.Write(entry, room));
            Assert.That(text, Does.Contain($"[03/Feb/2026:04:05:{second:00} +0000]"));
        }
    }

    [Test]
    public void EveryByte_PassesOrIsEscaped([Range(0, 255)] int value)
    {
        var isEscaped = value is < 0x20 or 0x7F or '"' or '\\';
        var expected = isEscaped ? $"\\x{value:X2}" : $"{(char)value}";
        Assert.That(Line(new AccessLogEntry { Path = [(byte)'/', (byte)value, (byte)'z'] }),
            Does.Contain($"] \" /{expected}z \" 0 0 "));
    }

    [TestCase(LogLine.FieldBytesMax, false)]
    [TestCase(LogLine.FieldBytesMax + 1, true)]
    [TestCase(1_000_000, true)]
    public void LongField_IsCut(int length, bool isCut)
    {
        var agent = new byte[length];
        agent.AsSpan().Fill((byte)'a');
        var kept = new string('a', LogLine.FieldBytesMax) + (isCut ? "..." : "");
        Assert.That(Line(new AccessLogEntry { UserAgent = agent }), Does.Contain($" \"\" \"{kept}\" \":\" "));
    }

    [Test]
    public void LongestLine_KeepsTheBound()
    {
        var field = new byte[LogLine.FieldBytesMax + 1];
        var entry = new AccessLogEntry
        {
            Client = field,
            Time = DateTimeOffset.MaxValue,
            Method = field,
            Path = field,
            Protocol = field,
            Status = int.MinValue,
            BodyBytes = long.MinValue,
            Referer = field,
            UserAgent = field,
            RequestIdHeader = field,
            RequestId = field,
            Frontend = field,
            ForwardedFor = field,
            Total = TimeSpan.MaxValue,
            Backend = TimeSpan.MaxValue,
        };
        Assert.That(AccessLogLine.Room(entry), Is.EqualTo(AccessLogLine.LineBytesMax));
        Assert.That(Line(entry), Has.Length.LessThanOrEqualTo(AccessLogLine.LineBytesMax).And.EndsWith("\n"));
    }

    [Test]
    public void AnyBytesInTheFields_YieldOneLineThatReadsBack() =>
        Gen.Select(AnyField.Array[9], Gen.Int, Gen.Long).Sample((fields, status, bytes) =>
        {
            var line = Line(new AccessLogEntry
            {
                Method = fields[0],
                Path = fields[1],
                Protocol = fields[2],
                Referer = fields[3],
                UserAgent = fields[4],
                RequestIdHeader = fields[5],
                RequestId = fields[6],
                Frontend = fields[7],
                ForwardedFor = fields[8],
                Status = status,
                BodyBytes = bytes,
            });
            var texts = fields.Select(Encoding.Latin1.GetString).ToArray();
            var read = Format().Match(line);
            return read.Success
                && Unescaped(read.Groups["request"]) == $"{texts[0]} {texts[1]} {texts[2]}"
                && read.Groups["status"].Value == status.ToString(CultureInfo.InvariantCulture)
                && read.Groups["bytes"].Value == bytes.ToString(CultureInfo.InvariantCulture)
                && Unescaped(read.Groups["referer"]) == texts[3]
                && Unescaped(read.Groups["agent"]) == texts[4]
                && Unescaped(read.Groups["id"]) == $"{texts[5]}:{texts[6]}"
                && Unescaped(read.Groups["frontend"]) == texts[7]
                && Unescaped(read.Groups["xff"]) == texts[8];
        });

    /// <summary>The format, for one whole line and nothing else.</summary>
    [GeneratedRegex("""
        \A(?<client>[0-9a-f:.]+)\ -\ -\ \[(?<time>\d\d/[A-Z][a-z]{2}/\d{4}(:\d\d){3}\ [+-]\d{4})\]
        \ "(?<request>[^"\n]*)"\ (?<status>-?\d+)\ (?<bytes>-?\d+)\ "(?<referer>[^"\n]*)"\ "(?<agent>[^"\n]*)"
        \ "(?<id>[^"\n]*)"\ "(?<frontend>[^"\n]*)"\ "(?<xff>[^"\n]*)"\ (?<total>\d+\.\d{3})\ (?<backend>\d+\.\d{3})\n?\z
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    internal static partial Regex Format();

    [GeneratedRegex(@"\\x([0-9A-F]{2})")]
    private static partial Regex Escape();

    private static string Unescaped(Group field) => Escape().Replace(
        field.Value, match => $"{(char)Convert.ToByte(match.Groups[1].Value, 16)}");

    private static string Line(in AccessLogEntry entry)
    {
        var room = new byte[AccessLogLine.Room(entry)];
        var length = new AccessLogLine(new ManualTime().LocalTimeZone).Write(entry, room);
        return Encoding.Latin1.GetString(room, 0, length);
    }
}
