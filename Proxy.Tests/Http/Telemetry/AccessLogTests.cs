using System.Text;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Tests.Fixtures.Telemetry;
using static Proxy.Tests.Fixtures.Telemetry.LogFolder;

namespace Proxy.Tests.Http.Telemetry;

public sealed class AccessLogTests
{
    private static readonly LogBounds Roomy = new(AccessLog.QueueLinesMax, AccessLog.QueueBytesMax)
    {
        RetryMilliseconds = 50,
    };

    private ManualTime _time = null!;
    private MemorySink _sink = null!;

    [SetUp]
    public void NewSink() => (_sink, _time) = (new MemorySink(), new ManualTime());

    [TearDown]
    public void CloseSink() => _sink.Dispose();

    [Test, Category("G-LO-4")]
    public void ZeroEntry_IsWrittenAsTheSeedsZeroLine()
    {
        var log = Log();
        log.Write(default);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(_sink.Text, Is.EqualTo(ZeroLine));
        Assert.That(_sink.IsClosed, Is.True);
    }

    [Test, Category("G-LO-3")]
    public void Stdout_GetsTheLinesAndStaysOpen()
    {
        using var output = new MemoryStream();
        var log = AccessLog.Open(new("stdout"), output, null!, _time);
        log.Write(default);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(Encoding.ASCII.GetString(output.ToArray()), Is.EqualTo(ZeroLine));
        Assert.That(output.CanWrite, Is.True);
    }

    [Test, Category("G-LO-5")]
    public void EntryAfterStop_IsDroppedAndCounted()
    {
        var log = Log();
        log.Write(default);
        log.Stop(LongEnough);
        log.Write(default);
        _ = log.ReopenAsync(LongEnough);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(_sink.Text, Is.EqualTo(ZeroLine));
        Assert.That(log.Dropped, Is.EqualTo(1));
    }

    [Test, Category("G-LO-6")]
    public void FullQueue_DropsAndTellsItOnce()
    {
        var log = Log(new LogBounds(1, 4096));
        _sink.Gate.Reset();
        for (var i = 0; i < 4; i++) log.Write(default);
        _sink.Gate.Set();
        log.Stop(LongEnough);
        Assert.That(_sink.Text, Is.EqualTo(ZeroLine + "Dropping log messages to due to full channel buffer.\n"));
        Assert.That(log.Dropped, Is.EqualTo(3));
    }

    [Test]
    public void DropNotice_ComesAtMostOnceAMinute()
    {
        var log = Log(new LogBounds(1, 4096));
        foreach (var pause in (int[])[0, 59, 60])
        {
            _time.Advance(TimeSpan.FromSeconds(pause));
            _sink.Entered.Reset();
            _sink.Gate.Reset();
            log.Write(default);
            _sink.Entered.Wait(LongEnough);
            log.Write(default);
            var lines = _sink.Lines.Length;
            _sink.Gate.Set();
            Assert.That(() => _sink.Lines, Has.Length.EqualTo(lines + (pause == 59 ? 1 : 2)).After(10_000, 5));
        }
        log.Stop(LongEnough);
        Assert.That(_sink.Lines, Has.Length.EqualTo(5));
        Assert.That(log.Dropped, Is.EqualTo(3));
    }

    [Test]
    public void BytesBound_IsKeptToo()
    {
        var log = Log(new LogBounds(1000, ZeroLine.Length * 2));
        _sink.Gate.Reset();
        log.Write(default);
        _sink.Entered.Wait(LongEnough);
        for (var i = 0; i < 5; i++) log.Write(default);
        _sink.Gate.Set();
        log.Stop(LongEnough);
        Assert.That(_sink.Lines, Has.Length.EqualTo(1 + 2 + 1));
        Assert.That(log.Dropped, Is.EqualTo(3));
    }

    [Test]
    public void LoneLine_IsWrittenWithoutAStop()
    {
        var log = Log();
        log.Write(default);
        Assert.That(() => _sink.Text, Is.EqualTo(ZeroLine).After(10_000, 5));
        log.Write(default);
        Assert.That(() => _sink.Text, Is.EqualTo(ZeroLine + ZeroLine).After(10_000, 5));
        log.Stop(LongEnough);
    }

    [Test]
    public void LinesOfABlockedSink_LeaveInOneWrite()
    {
        var log = Log();
        _sink.Gate.Reset();
        log.Write(default);
        _sink.Entered.Wait(LongEnough);
        for (var i = 0; i < 1000; i++) log.Write(default);
        _sink.Gate.Set();
        log.Stop(LongEnough);
        Assert.That(_sink.Lines, Has.Length.EqualTo(1001));
        Assert.That(_sink.Writes, Is.EqualTo(2));
    }

    [Test]
    public void SinkThatTakesLittle_GetsEverything([Values(1, 7, 100)] int bytesPerWrite)
    {
        _sink.BytesPerWrite = bytesPerWrite;
        var log = Log();
        for (var i = 0; i < 50; i++) log.Write(default);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(_sink.Text, Is.EqualTo(string.Concat(Enumerable.Repeat(ZeroLine, 50))));
    }

    [Test]
    public void SinkThatRecovers_LosesNothing()
    {
        using var standardError = new MemoryStream();
        var errors = new ErrorLog(standardError, _time);
        var log = new AccessLog(_sink, Roomy, _time, errors);
        _sink.Capacity = 0;
        log.Write(default);
        Assert.That(() => log.Failures, Is.GreaterThanOrEqualTo(2).After(10_000, 5));
        log.Write(default);
        _sink.Capacity = int.MaxValue;
        Assert.That(() => _sink.Text, Is.EqualTo(ZeroLine + ZeroLine).After(10_000, 5));
        log.Stop(LongEnough);
        errors.Stop(LongEnough);

        Assert.That(log.Dropped, Is.Zero);
        Assert.That(Encoding.ASCII.GetString(standardError.ToArray()), Does.Match(
            @"\A2026/11/24 10:19:27 (cannot write access log in memory: No space left on device)\n" +
            @"2026/11/24 10:19:27 \1 \(and \d+ more like it\)\n\z"));
    }

    [Test]
    public void SinkThatStaysBroken_IsGivenUpAtStop()
    {
        var log = Log();
        _sink.Capacity = 0;
        for (var i = 0; i < 10; i++) log.Write(default);
        Assert.That(() => log.Failures, Is.GreaterThanOrEqualTo(1).After(10_000, 5));
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(log.Dropped, Is.EqualTo(10));
        Assert.That(_sink.Text, Is.Empty);
    }

    [Test]
    public void LineTornByAFullDisk_IsWholeAfterwards()
    {
        var log = Log();
        _sink.Capacity = ZeroLine.Length + 10;
        for (var i = 0; i < 3; i++) log.Write(default);
        Assert.That(() => log.Failures, Is.Positive.After(10_000, 5));
        _sink.Capacity = int.MaxValue;
        log.Stop(LongEnough);
        Assert.That(_sink.Text, Is.EqualTo(ZeroLine + ZeroLine + ZeroLine));
    }

    [Test]
    public void LineTornByAFullDisk_IsWholeInTheReopenedFile()
    {
        var log = Log();
        _sink.Capacity = ZeroLine.Length + 10;
        for (var i = 0; i < 3; i++) log.Write(default);
        Assert.That(() => log.Failures, Is.Positive.After(10_000, 5));
        _ = log.ReopenAsync(LongEnough);
        log.Stop(LongEnough);
        Assert.That(_sink.Text, Is.EqualTo($"{ZeroLine}{ZeroLine[..10]}|{ZeroLine}{ZeroLine}"));
        Assert.That(log.Dropped, Is.Zero);
    }

    [Test]
    public void BlockedSink_HoldsUpNeitherWritersNorStop()
    {
        var log = Log();
        _sink.Gate.Reset();
        for (var i = 0; i < AccessLog.QueueLinesMax + 5; i++) log.Write(default);
        Assert.That(log.Stop(TimeSpan.FromMilliseconds(50)), Is.False);
        Assert.That(log.Dropped, Is.EqualTo(5));
        _sink.Gate.Set();
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(_sink.Lines.Count(line => line + "\n" == ZeroLine), Is.EqualTo(AccessLog.QueueLinesMax));
    }

    [TestCase("none")]
    [TestCase("")]
    public void None_KeepsNothing(string destination)
    {
        var log = AccessLog.Open(new(destination), Stream.Null, null!, _time);
        log.Write(default);
        _ = log.ReopenAsync(LongEnough);
        Assert.That(log, Is.SameAs(AccessLog.None));
        Assert.That(log.IsEnabled, Is.False);
        Assert.That(log.Dropped, Is.Zero);
        Assert.That(log.Stop(TimeSpan.Zero), Is.True);
    }

    [Test]
    public void Entry_AllocatesNothing()
    {
        const int lines = 5_000;
        var log = Log();
        log.Write(Entry());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < lines; i++) log.Write(Entry());
        var perLine = (GC.GetAllocatedBytesForCurrentThread() - before) / lines;
        log.Stop(LongEnough);

        // No object is smaller; a collection in the meantime may cost a rented array now and then.
        Assert.That(perLine, Is.LessThan(24));
    }

    private static AccessLogEntry Entry() => new()
    {
        Client = "127.0.0.1"u8,
        Time = new DateTimeOffset(2026, 11, 24, 8, 19, 27, TimeSpan.Zero),
        Method = "GET"u8,
        Path = "/with \"quotes\""u8,
        Protocol = "HTTP/1.1"u8,
        Status = 200,
        BodyBytes = 1234,
        Total = TimeSpan.FromMilliseconds(3),
    };

    private AccessLog Log(LogBounds? bounds = null) => new(_sink, bounds ?? Roomy, _time, null);
}
