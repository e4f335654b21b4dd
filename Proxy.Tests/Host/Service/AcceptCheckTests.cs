using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Host.Service;

namespace Proxy.Tests.Host.Service;

/// <summary>Goal: the watchdog is fed only by a proxy that serves.</summary>
public sealed class AcceptCheckTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);
    private readonly Deadlines _deadlines = new(TimeProvider.System);
    private EpollTransport _transport = null!;

    [SetUp]
    public void Start() => _transport = new EpollTransport(2, _deadlines, Assert.Fail);

    [TearDown]
    public async Task StopAsync() => await _transport.DisposeAsync();

    [OneTimeTearDown]
    public void End() => _deadlines.Dispose();

    [Test]
    public async Task ProxyThatAccepts_HasNoTrouble()
    {
        await using var listener = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0), CloseAsync);
        Assert.That(await CheckOf(listener.LocalEndPoint).RunAsync(Long), Is.Null);
    }

    [Test]
    public async Task LoopThatIsStuck_IsTrouble()
    {
        using var release = new ManualResetEventSlim();
        _transport.Loops[1].Post(new Stuck(release));
        try
        {
            Assert.That(await CheckOf().RunAsync(Short), Is.EqualTo("an event loop does not respond"));
        }
        finally
        {
            release.Set();
        }

        Assert.That(await CheckOf().RunAsync(Long), Is.Null);
    }

    [Test]
    public async Task QueueThatNobodyEmpties_IsTroubleUnlessThereAreAsManyClientsAsMayBe()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        nobody.Listen();
        var address = nobody.LocalEndPoint!;
        Assert.That(await CheckOf(address).RunAsync(Short), Is.EqualTo($"no connection is accepted on {address}"));
        Assert.That(await new AcceptCheck(_transport, () => [address], () => true).RunAsync(Short), Is.Null);
    }

    private AcceptCheck CheckOf(params EndPoint[] addresses) => new(_transport, () => addresses, () => false);

    private static async Task CloseAsync(Connection client)
    {
        await client.Input.ReadAsync();
        await client.DisposeAsync();
    }

    private sealed class Stuck(ManualResetEventSlim release) : IWorkItem
    {
        public void Run() => release.Wait(Long);
    }
}
