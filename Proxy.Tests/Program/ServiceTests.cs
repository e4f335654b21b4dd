using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Http;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Program;

/// <summary>What the program reports to a service manager, over a real datagram socket.</summary>
public sealed class ServiceTests
{
    private const string NoRoutes = "/dev/null";

    [TestCase(false, TestName = "Manager_AtAPath_HearsOfStartReloadAndStop")]
    [TestCase(true, TestName = "Manager_AtAnAbstractName_HearsOfStartReloadAndStop")]
    public async Task Manager_HearsOfStartReloadAndStop(bool isAbstract)
    {
        using var manager = new ServiceManager(isAbstract);
        await using var planb = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Name },
            "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none");
        var address = await planb.ListeningAsync();

        Assert.That(await manager.HearAsync(), Is.EqualTo($"READY=1\nSTATUS=Listening on {address}"));
        var before = Monotonic();
        await planb.SignalAsync("HUP");
        var reloading = await manager.HearAsync();
        Assert.That(reloading, Does.StartWith("RELOADING=1\nMONOTONIC_USEC="));
        var reported = long.Parse(reloading[(reloading.LastIndexOf('=') + 1)..], CultureInfo.InvariantCulture);
        Assert.That(reported, Is.InRange(before, Monotonic()), "the clock is the kernel's CLOCK_MONOTONIC");
        Assert.That(await manager.HearAsync(), Does.StartWith("READY=1\n"));
        await planb.SignalAsync("TERM");
        Assert.That(await manager.HearAsync(), Does.StartWith("STOPPING=1\n"));
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [TestCase("1")]
    [TestCase("9223372036854775807")]
    public async Task WatchdogTimeThatNoTimerCanWait_IsTheNearestThatOneCan(string microseconds)
    {
        using var manager = new ServiceManager(isAbstract: false);
        await using var planb = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Name, ["WATCHDOG_USEC"] = microseconds },
            "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none");
        await planb.ListeningAsync();
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [Test]
    public async Task ManagerThatReadsNoMore_DoesNotHoldUpTheStop()
    {
        using var manager = new ServiceManager(isAbstract: false);
        await using var planb = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Name },
            "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none");
        Assert.That(await manager.HearAsync(), Does.StartWith("READY=1\n"));
        manager.FillQueue();
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
    }

    [Test]
    public async Task HupWhileStopping_IsNoReadiness()
    {
        using var manager = new ServiceManager(isAbstract: false);
        await using var planb = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Name },
            "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none", "--drain-delay", "10m");
        Assert.That(await manager.HearAsync(), Does.StartWith("READY=1\n"));
        await planb.SignalAsync("TERM");
        Assert.That(await manager.HearAsync(), Does.StartWith("STOPPING=1\n"));
        await planb.SignalAsync("HUP");
        await planb.SignalAsync("USR1");
        await planb.OutputLineAsync("== end");
        await planb.SignalAsync("TERM");
        Assert.That(await planb.ExitAsync(), Is.Zero, planb.Errors);
        Assert.That(manager.Unheard, Is.Zero);
    }

    [Test]
    public async Task Watchdog_IsFedWhileClientsAreAccepted()
    {
        using var manager = new ServiceManager(isAbstract: false);
        await using var planb = PlanbProcess.StartWith(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Name, ["WATCHDOG_USEC"] = "200000" },
            "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none");
        Assert.That(await manager.HearAsync(), Does.StartWith("READY=1\n"));
        Assert.That(await manager.HearAsync(), Is.EqualTo("WATCHDOG=1"));
        Assert.That(await manager.HearAsync(), Is.EqualTo("WATCHDOG=1"));
    }

    [Test]
    public async Task WatchdogOfAnotherProcess_IsNotFed()
    {
        using var manager = new ServiceManager(isAbstract: false);
        var environment = new Dictionary<string, string>
        {
            ["NOTIFY_SOCKET"] = manager.Name, ["WATCHDOG_USEC"] = "20000", ["WATCHDOG_PID"] = "1",
        };
        await using var planb = PlanbProcess.StartWith(
            environment, "--listen", "127.0.0.1:0", "--routes", NoRoutes, "--access-log", "none");
        Assert.That(await manager.HearAsync(), Does.StartWith("READY=1\n"));
        await planb.SignalAsync("HUP");
        Assert.That(await manager.HearAsync(), Does.StartWith("RELOADING=1\n"));
    }

    private static long Monotonic() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>The other end of NOTIFY_SOCKET.</summary>
    private sealed class ServiceManager : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        private readonly byte[] _buffer = new byte[4096];

        public ServiceManager(bool isAbstract)
        {
            var name = $"planb-notify-{Guid.NewGuid():N}";
            Name = isAbstract ? "@" + name : Path.Combine(Path.GetTempPath(), name);
            _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name : Name));
        }

        public string Name { get; }

        /// <summary>Bytes that it has not listened to.</summary>
        public int Unheard => _socket.Available;

        /// <summary>Sends datagrams to itself until there is no room for another.</summary>
        public void FillQueue()
        {
            using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            sender.Blocking = false;
            sender.Connect(_socket.LocalEndPoint!);
            Assert.That(() => { while (true) sender.Send("x"u8); }, Throws.InstanceOf<SocketException>());
        }

        public async Task<string> HearAsync()
        {
            using var patience = new CancellationTokenSource(Peer.Patience);
            return Encoding.UTF8.GetString(_buffer, 0, await _socket.ReceiveAsync(_buffer, patience.Token));
        }

        public void Dispose()
        {
            _socket.Dispose();
            File.Delete(Name);
        }
    }
}
