using System.Text;
using CsCheck;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Core.Telemetry;

public sealed class ErrorLogTests
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    private ManualTime _time = null!;

    [SetUp]
    public void NewClock() => _time = new ManualTime();

    [Test]
    public void FailedRequest_IsTheGoPlanbsLineBehindTheTime()
    {
        var error = new RequestError
        {
            Host = "a.com"u8,
            Backend = "http://127.0.0.1:9999",
            Path = "/foo"u8,
            RequestIdHeader = "X-Request-Id"u8,
            RequestId = "17"u8,
            Text = "error in backend request: connection refused *DEAD*",
        };
        Assert.That(Written(error), Is.EqualTo(
            "2026/11/24 10:19:27 ERROR in a.com -> http://127.0.0.1:9999 - /foo - X-Request-Id:17 - " +
            "error in backend request: connection refused *DEAD*\n"));
    }

    [Test]
    public void RequestWithoutBackend_HasAQuestionMark() => Assert.That(
        Written(new RequestError { Host = "a.com"u8, Path = "/"u8, Text = "all backends are dead" }),
        Is.EqualTo("2026/11/24 10:19:27 ERROR in a.com -> ? - / - : - all backends are dead\n"));

    [Test]
    public void ForgedField_StaysInItsLine()
    {
        var error = new RequestError { Host = "a\n\"b"u8, Backend = "x\r", Path = "/\\"u8, Text = "é\u0001" };
        Assert.That(Written(error), Is.EqualTo(
            "2026/11/24 10:19:27 ERROR in a\\x0A\\x22b -> x\\x0D - /\\x5C - : - é\\x01\n"));
    }

    [Test]
    public void Message_HasTheSeedsTime() =>
        Assert.That(Written("redis is \"away\""), Is.EqualTo("2026/11/24 10:19:27 redis is \"away\"\n"));

    [Test]
    public void MessageOfManyLines_IsOneLine() =>
        Assert.That(Written("a\n  b"), Is.EqualTo("2026/11/24 10:19:27 a\\x0A  b\n"));

    [Test]
    public void LongMessage_IsCut([Values('a', 'é', '\n')] char filling)
    {
        var line = Written(new string(filling, 100_000));
        Assert.That(line, Does.EndWith("...\n"));
        Assert.That(line, Has.Length.LessThan(5 * LogLine.FieldBytesMax));
    }

    [Test]
    public void AnyText_IsOneLine() => Gen.Select(Gen.String, Gen.String, Gen.Byte.Array).Sample(
        (text, backend, host) =>
        {
            var line = Written(new RequestError { Text = text, Backend = backend, Host = host });
            return line.StartsWith("2026/11/24 10:19:27 ERROR in ", StringComparison.Ordinal)
                && line.IndexOf('\n') == line.Length - 1;
        },
        iter: 200);

    [Test]
    public void BlockedStandardError_HoldsNobodyUp()
    {
        using var sink = new MemorySink();
        var log = new ErrorLog(sink, new LogBounds(100, 64 * 1024), _time);
        sink.Gate.Reset();
        for (var i = 0; i < 300; i++) log.Write($"{i} down");
        Assert.That(log.Dropped, Is.EqualTo(200));
        Assert.That(log.Stop(TimeSpan.FromMilliseconds(50)), Is.False);
        sink.Gate.Set();
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(sink.Lines.Count(line => line.EndsWith("down", StringComparison.Ordinal)), Is.EqualTo(100));
    }

    [Test]
    public void Repeats_AreToldOnceAndThenByNumberOnceAMinute()
    {
        using var standardError = new MemoryStream();
        var log = new ErrorLog(standardError, _time);
        for (var i = 0; i < 18; i++) log.Write("redis is away");
        _time.Advance(TimeSpan.FromSeconds(59));
        log.WriteRepeats();
        log.Write("something else");
        _time.Advance(TimeSpan.FromSeconds(1));
        log.WriteRepeats();
        _time.Advance(TimeSpan.FromSeconds(60));
        log.Write("redis is away");
        Assert.That(Stopped(log, standardError), Is.EqualTo(
            "2026/11/24 10:19:27 redis is away\n2026/11/24 10:20:26 something else\n" +
            "2026/11/24 10:20:27 redis is away (and 17 more like it)\n2026/11/24 10:21:27 redis is away\n"));
    }

    [Test]
    public void RepeatsOfARequestsTrouble_AreOneLineWhateverWasAskedFor()
    {
        using var standardError = new MemoryStream();
        var log = new ErrorLog(standardError, _time);
        foreach (var path in (string[])["/a", "/b", "/c"]) log.Write(Failed("a.com", path));
        log.Write(Failed("b.com", "/d"));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.That(Stopped(log, standardError), Is.EqualTo(
            "2026/11/24 10:19:27 ERROR in a.com -> u - /a - : - after 1s of /a\n" +
            "2026/11/24 10:19:27 ERROR in b.com -> u - /d - : - after 1s of /d\n" +
            "2026/11/24 10:19:57 ERROR in a.com -> u - /a - : - after 1s of /a (and 2 more like it)\n"),
            "counts are reported at the stop, with its time");
    }

    [Test]
    public void AnswerToAnOperator_IsWrittenEachTime()
    {
        using var standardError = new MemoryStream();
        var log = new ErrorLog(standardError, _time);
        for (var i = 0; i < 2; i++) log.Answer("HUP: done");
        Assert.That(Stopped(log, standardError), Is.EqualTo(
            "2026/11/24 10:19:27 HUP: done\n2026/11/24 10:19:27 HUP: done\n"));
    }

    [Test]
    public void FloodOfDifferentLines_IsRememberedWithinBounds()
    {
        var counts = new List<long>();
        var lines = new RepeatedLines(_time, (_, repeats) => counts.Add(repeats));
        byte[] first = [.. "first"u8];
        Assert.That(lines.IsRepeat(first, first), Is.False);
        Assert.That(lines.IsRepeat(first, first), Is.True);
        for (var i = 0; i < RepeatedLines.LinesMax; i++)
        {
            var other = Encoding.ASCII.GetBytes($"{i}");
            Assert.That(lines.IsRepeat(other, other), Is.False);
        }

        Assert.That(counts, Is.EqualTo([1L]), "the oldest made room, and its count was written");
        Assert.That(lines.IsRepeat(first, first), Is.False, "forgotten");
    }

    private static RequestError Failed(string host, string path) => new()
    {
        Host = Encoding.ASCII.GetBytes(host),
        Backend = "u",
        Path = Encoding.ASCII.GetBytes(path),
        Text = $"after 1s of {path}",
        Cause = "timeout",
    };

    private string Written(in RequestError error)
    {
        using var standardError = new MemoryStream();
        var log = new ErrorLog(standardError, _time);
        log.Write(error);
        return Stopped(log, standardError);
    }

    private string Written(string message)
    {
        using var standardError = new MemoryStream();
        var log = new ErrorLog(standardError, _time);
        log.Write(message);
        return Stopped(log, standardError);
    }

    private static string Stopped(ErrorLog log, MemoryStream standardError)
    {
        Assert.That(log.Stop(LongEnough), Is.True);
        return Encoding.UTF8.GetString(standardError.ToArray());
    }
}
