using System.Text;
using CsCheck;
using NUnit.Framework;
using Proxy.Core.Telemetry;

namespace Proxy.Tests.Telemetry;

public sealed class ErrorLogTests
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    private readonly SetTime _time = new();

    [Test]
    public void FailedRequest_IsTheSeedsLine()
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
            "ERROR in a.com -> http://127.0.0.1:9999 - /foo - X-Request-Id:17 - " +
            "error in backend request: connection refused *DEAD*\n"));
    }

    [Test]
    public void RequestWithoutBackend_HasAQuestionMark() => Assert.That(
        Written(new RequestError { Host = "a.com"u8, Path = "/"u8, Text = "all backends are dead" }),
        Is.EqualTo("ERROR in a.com -> ? - / - : - all backends are dead\n"));

    [Test]
    public void ForgedField_StaysInItsLine()
    {
        var error = new RequestError { Host = "a\n\"b"u8, Backend = "x\r", Path = "/\\"u8, Text = "é\u0001" };
        Assert.That(Written(error), Is.EqualTo(
            "ERROR in a\\x0A\\x22b -> x\\x0D - /\\x5C - : - é\\x01\n"));
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
            return line.StartsWith("ERROR in ", StringComparison.Ordinal) && line.IndexOf('\n') == line.Length - 1;
        },
        iter: 200);

    [Test]
    public void BlockedStandardError_HoldsNobodyUp()
    {
        using var sink = new MemorySink();
        var log = new ErrorLog(sink, new LogBounds(100, 64 * 1024), _time);
        sink.Gate.Reset();
        for (var i = 0; i < 300; i++) log.Write("down");
        Assert.That(log.Dropped, Is.EqualTo(200));
        Assert.That(log.Stop(TimeSpan.FromMilliseconds(50)), Is.False);
        sink.Gate.Set();
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(sink.Lines.Count(line => line.EndsWith("down", StringComparison.Ordinal)), Is.EqualTo(100));
    }

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
