using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Proxy.Core.Telemetry.Logs;
using Proxy.Http.Telemetry.AccessLogs;
using Proxy.Tests.Fixtures.Telemetry;
using static Proxy.Tests.Fixtures.Telemetry.LogFolder;

namespace Proxy.Tests.Core.Telemetry;

/// <summary>Goal: what planb sends to syslog. Method: a datagram socket where syslog's would be.</summary>
public sealed class SyslogTests
{
    private LogFolder _folder = null!;

    private string SocketPath => _folder.PathOf("log");

    [SetUp]
    public void NewFolder() => _folder = new LogFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Line_IsADatagramInTheSeedsForm()
    {
        using var daemon = Listen();
        var log = Log();
        log.Write(default);
        log.Write(default);
        Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        Assert.That(log.Stop(LongEnough), Is.True);
    }

    [Test]
    public void PathTooLongForASocket_IsTold()
    {
        var path = "/" + new string('a', 200);
        Assert.That(
            () => new SyslogSink("access log", path, TimeProvider.System),
            Throws.TypeOf<IOException>().With.Message.Contain(path));
    }

    [Test]
    public void DayOfOneDigit_HasABlankBeforeIt()
    {
        using var daemon = Listen();
        _folder.Time.Advance(TimeSpan.FromDays(8));
        var log = Log();
        log.Write(default);
        Assert.That(Received(daemon), Does.StartWith("<134>Dec  2 10:19:27 hipache["));
        log.Stop(LongEnough);
    }

    [Test]
    public void DaemonThatIsStartedAnew_GetsTheNextLine()
    {
        var log = ConnectedLog();
        using var daemon = Listen();
        for (var i = 0; i < 3; i++)
        {
            log.Write(default);
            Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        }

        log.Stop(LongEnough);
        Assert.That(log.Failures, Is.Zero);
    }

    [Test]
    public void DaemonThatIsAway_IsToldAndLosesNothing()
    {
        var log = ConnectedLog();
        log.Write(default);
        Assert.That(() => log.Failures, Is.Positive.After(10_000, 5));
        log.Write(default);
        using var daemon = Listen();
        Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        log.Stop(LongEnough);
        Assert.That(log.Dropped, Is.Zero);
        Assert.That(_folder.Errors(), Does.StartWith(
            $"2026/11/24 10:19:27 cannot write access log in syslog ({SocketPath}): "));
    }

    [Test]
    public void DaemonThatTakesNothing_HoldsNobodyUp()
    {
        using var daemon = Listen();
        var sink = new SyslogSink("access log", SocketPath, _folder.Time, TimeSpan.FromMilliseconds(100));
        var bounds = new LogBounds(AccessLog.QueueLinesMax, AccessLog.QueueBytesMax) { RetryMilliseconds = 50 };
        var log = new AccessLog(sink, bounds, _folder.Time, null);
        for (var i = 0; i < AccessLog.QueueLinesMax + 1_000; i++) log.Write(default);
        Assert.That(log.Dropped, Is.Positive);
        Assert.That(log.Stop(LongEnough), Is.True, "what cannot be sent is given up");
    }

    [Test]
    public void LineLongerThanADatagram_IsCut()
    {
        using var daemon = Listen();
        var log = Log();
        var escaped = new byte[LogLine.FieldBytesMax];
        log.Write(new AccessLogEntry { Method = escaped, Path = escaped, Referer = escaped });
        log.Write(default);
        Assert.That(Received(daemon), Does.EndWith("\n").And.Length.GreaterThan(SyslogSink.LineBytesMax / 2));
        Assert.That(Received(daemon), Is.EqualTo(Datagram(ZeroLine)));
        log.Stop(LongEnough);
    }

    [Test]
    public void NoDaemonAtTheStart_IsNamedWithTheReason() => Assert.That(
        () => Log(),
        Throws.InstanceOf<IOException>().With.Message.StartsWith(
            $"cannot open access log in syslog ({SocketPath}): "));

    // The listener of the time when it was opened is gone.
    private AccessLog ConnectedLog()
    {
        using (Listen())
        {
            var log = Log();
            File.Delete(SocketPath);
            return log;
        }
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.ReceiveTimeout = (int)LongEnough.TotalMilliseconds;
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    private static string Received(Socket daemon)
    {
        var room = new byte[256 * 1024];
        return Encoding.UTF8.GetString(room, 0, daemon.Receive(room));
    }

    private static string Datagram(string line) =>
        $"<134>Nov 24 10:19:27 hipache[{Environment.ProcessId}]: {line}";

    private AccessLog Log() => _folder.Open($"syslog:{SocketPath}");
}
