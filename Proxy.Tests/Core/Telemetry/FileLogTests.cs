using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Tests.Fixtures.Telemetry;
using Proxy.Tests.Http.Telemetry;
using static Proxy.Tests.Fixtures.Telemetry.LogFolder;

namespace Proxy.Tests.Core.Telemetry;

public sealed class FileLogTests
{
    private LogFolder _folder = null!;

    private string FilePath => _folder.PathOf("access.log");

    [SetUp]
    public void NewFolder() => _folder = new LogFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test, Category("G-LO-1")]
    public void ZeroEntry_IsWrittenAsTheSeedsZeroLine()
    {
        var log = Log();
        log.Write(default);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(File.ReadAllText(FilePath), Is.EqualTo(ZeroLine));
    }

    [Test, UnsupportedOSPlatform("windows")]
    public void NewFile_IsNotForOthers()
    {
        Log().Stop(LongEnough);
        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var mode = File.GetUnixFileMode(FilePath);
        Assert.That(mode & others, Is.EqualTo(UnixFileMode.None));
        Assert.That(mode & UnixFileMode.UserExecute, Is.EqualTo(UnixFileMode.None));
        Assert.That(mode.HasFlag(UnixFileMode.UserRead | UnixFileMode.UserWrite), Is.True);
    }

    [Test]
    public void ExistingFile_IsContinued()
    {
        File.WriteAllText(FilePath, "old\n");
        var log = Log();
        log.Write(default);
        log.Stop(LongEnough);
        Assert.That(File.ReadAllText(FilePath), Is.EqualTo("old\n" + ZeroLine));
    }

    [Test]
    public void TwoLogsOfOneFile_OverwriteNothing()
    {
        var (one, other) = (Log(), Log());
        for (var i = 0; i < 1000; i++) (i % 2 == 0 ? one : other).Write(default);
        one.Stop(LongEnough);
        other.Stop(LongEnough);
        Assert.That(File.ReadAllText(FilePath), Is.EqualTo(string.Concat(Enumerable.Repeat(ZeroLine, 1000))));
    }

    [Test]
    public void TruncatedFile_StartsAgainWithoutAHole()
    {
        var log = Log();
        log.Write(default);
        Assert.That(() => new FileInfo(FilePath).Length, Is.Positive.After(10_000, 5));
        using (var file = File.OpenWrite(FilePath)) file.SetLength(0);
        log.Write(default);
        log.Stop(LongEnough);
        Assert.That(File.ReadAllText(FilePath), Is.EqualTo(ZeroLine));
    }

    [Test]
    public void FileThatCannotBeOpened_IsNamedWithTheReason()
    {
        var path = _folder.PathOf("missing/access.log");
        Assert.That(() => Log(path), Throws.InstanceOf<IOException>()
            .With.Message.EqualTo($"cannot open access log {path}: No such file or directory"));
        Assert.That(() => Log(_folder.Path), Throws.InstanceOf<IOException>()
            .With.Message.EqualTo($"cannot open access log {_folder.Path}: Is a directory"));
    }

    [Test]
    public void RenamedAndReopened_LosesNothing()
    {
        const int rounds = 20, linesPerRound = 400;
        var log = Log();
        var number = 0;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < linesPerRound; i++) log.Write(Numbered(0, number++));
            File.Move(FilePath, $"{FilePath}.{round}");
            _ = log.ReopenAsync(LongEnough);
            Assert.That(() => File.Exists(FilePath), Is.True.After(10_000, 1));
        }
        log.Stop(LongEnough);

        var files = Enumerable.Range(0, rounds).Select(round => $"{FilePath}.{round}").Append(FilePath);
        var written = files.SelectMany(File.ReadLines).Select(line => Number(line).Line);
        Assert.That(log.Dropped, Is.Zero);
        Assert.That(written, Is.EqualTo(Enumerable.Range(0, number)));
    }

    [Test]
    public void RenamedOrRemovedFile_IsMadeAnewWithoutASignal([Values] bool isRemoved)
    {
        var log = Log();
        log.Write(default);
        Assert.That(() => new FileInfo(FilePath).Length, Is.Positive.After(10_000, 5));
        if (isRemoved) File.Delete(FilePath);
        else File.Move(FilePath, FilePath + ".1");
        log.Write(default);
        Assert.That(log.Failures, Is.Zero);
        _folder.Time.Advance(LogWriter.CheckPeriod);
        Assert.That(
            () =>
            {
                log.Write(default);
                return File.Exists(FilePath);
            },
            Is.True.After(10_000, 30));
        log.Stop(LongEnough);
        Assert.That(File.ReadAllText(FilePath), Does.StartWith(ZeroLine));
        Assert.That(log.Dropped, Is.Zero);
    }

    [Test]
    public void FileThatSomebodyElseMadeAnew_IsGoneOnWith()
    {
        var log = Log();
        log.Write(default);
        Assert.That(() => new FileInfo(FilePath).Length, Is.Positive.After(10_000, 5));
        File.Move(FilePath, FilePath + ".1");
        File.WriteAllText(FilePath, "");
        _folder.Time.Advance(LogWriter.CheckPeriod);
        log.Write(default);
        log.Stop(LongEnough);
        Assert.That(File.ReadAllText(FilePath), Is.EqualTo(ZeroLine));
        Assert.That(File.ReadAllText(FilePath + ".1"), Is.EqualTo(ZeroLine));
    }

    [Test]
    public void ReopenThatFails_KeepsTheOldFile()
    {
        var log = Log();
        var moved = FilePath + ".1";
        File.Move(FilePath, moved);
        Directory.CreateDirectory(FilePath);
        _ = log.ReopenAsync(LongEnough);
        Assert.That(() => log.Failures, Is.EqualTo(1).After(10_000, 5));
        log.Write(default);
        log.Stop(LongEnough);
        Assert.That(File.ReadAllText(moved), Is.EqualTo(ZeroLine));
        Assert.That(_folder.Errors(), Does.StartWith(
            $"2026/11/24 10:19:27 cannot open access log {FilePath}: Is a directory; keeping the old file\n"));
    }

    [Test]
    public void FullDisk_StopsNobodyAndIsOverAfterReopening()
    {
        File.CreateSymbolicLink(FilePath, "/dev/full");
        var log = Log();
        for (var i = 0; i < AccessLog.QueueLinesMax + 7; i++) log.Write(default);
        Assert.That(() => log.Failures, Is.Positive.After(10_000, 5));
        Assert.That(log.Dropped, Is.GreaterThanOrEqualTo(7));

        File.Delete(FilePath);
        _ = log.ReopenAsync(LongEnough);
        log.Stop(LongEnough);
        var lines = File.ReadAllText(FilePath).Replace(Encoding.ASCII.GetString(LogNotices.DefaultDropNotice), "");
        Assert.That(lines.Length / ZeroLine.Length + log.Dropped, Is.EqualTo(AccessLog.QueueLinesMax + 7));
        Assert.That(lines, Is.Not.Empty);
        var full = $"2026/11/24 10:19:27 cannot write access log {FilePath}: No space left on device";
        var errors = _folder.Errors();
        Assert.That(errors, Does.StartWith(full + "\n"));
        Assert.That(errors.Split(full), Has.Length.LessThanOrEqualTo(3), "once, and then by number");
        Assert.That(errors, Does.Match($@" access log {FilePath}: \d+ lines were dropped\n"));
    }

    [Test]
    public void FullDiskForEver_IsGivenUpAtStop()
    {
        var log = Log("/dev/full");
        for (var i = 0; i < 100; i++) log.Write(default);
        Assert.That(log.Stop(LongEnough), Is.True);
        Assert.That(log.Dropped, Is.EqualTo(100));
    }

    [Test]
    public void EightThreads_InterleaveNothing()
    {
        const int threads = 8, linesPerThread = 10_000;
        var log = Log();
        var failures = new ConcurrentBag<Exception>();
        var writers = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            try
            {
                for (var line = 0; line < linesPerThread; line++) log.Write(Numbered(thread, line));
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        })).ToList();
        writers.ForEach(writer => writer.Start());
        writers.ForEach(writer => writer.Join());
        log.Stop(LongEnough);

        var notice = Encoding.ASCII.GetString(LogNotices.DefaultDropNotice).TrimEnd();
        var written = File.ReadLines(FilePath).Where(line => line != notice).Select(Number).ToList();
        Assert.That(failures, Is.Empty);
        Assert.That(written.Count + log.Dropped, Is.EqualTo(threads * linesPerThread));
        foreach (var ofThread in written.GroupBy(line => line.Thread))
            Assert.That(ofThread.Select(line => line.Line), Is.Ordered.Ascending.And.Unique);
    }

    private static AccessLogEntry Numbered(int thread, int line) => new()
    {
        Path = Encoding.ASCII.GetBytes($"/{thread}/{line}"),
        UserAgent = "a \"quoted\" agent"u8,
    };

    private static (int Thread, int Line) Number(string line)
    {
        var read = AccessLogLineTests.Format().Match(line);
        Assert.That(read.Success, Is.True, line);
        Assert.That(read.Groups["agent"].Value, Is.EqualTo("a \\x22quoted\\x22 agent"));
        var parts = read.Groups["request"].Value.Trim().Split('/');
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private AccessLog Log(string? path = null) => _folder.Open(path ?? FilePath);
}
