using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Proxy.Core;
using Proxy.Core.Linux;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Core.Transport.Sockets;
using Proxy.Tests.Fixtures.Dns;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.Core.Transport;

/// <summary>
/// Goal: both transports keep the contract of <see cref="Connection"/>, on which everything above relies.
/// </summary>
[TestFixture(Engine.Native)]
[TestFixture(Engine.Sockets)]
public sealed class TransportTests(Engine engine)
{
    private readonly List<ScriptedBackend> _backends = [];
    private Deadlines _deadlines = null!;
    private ITransport _transport = null!;

    [SetUp]
    public void Start()
    {
        _deadlines = new Deadlines(TimeProvider.System);
        _transport = engine == Engine.Native
            ? new EpollTransport(2, _deadlines, Assert.Fail)
            : new SocketTransport(_deadlines, Assert.Fail);
    }

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var backend in _backends) backend.Dispose();
        await _transport.DisposeAsync();
        _deadlines.Dispose();
    }

    [Test]
    public async Task SocketThatSomebodyElseBound_IsAcceptedFromAndOutlivesTheListener()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        bound.Listen();
        var port = ((IPEndPoint)bound.LocalEndPoint!).Port;
        var listener = _transport.Adopt(
            [Kernel.Duplicate((int)bound.Handle)], async client => await client.DisposeAsync());
        for (var i = 0; i < 20; i++)
        {
            using var client = await Peer.ConnectAsync(port);
            Assert.That(await client.IsClosedAsync());
        }

        await listener.DisposeAsync();
        using var later = await Peer.ConnectAsync(port);
        using var accepted = await bound.AcceptAsync();
        Assert.That(accepted.RemoteEndPoint, Is.EqualTo(later.Socket.LocalEndPoint));
    }

    [Test]
    public void DescriptorThatDoesNotListen_IsRefused()
    {
        using var unbound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var descriptor = Kernel.Duplicate((int)unbound.Handle);
        Assert.That(() => _transport.Adopt([descriptor], _ => Task.CompletedTask), Throws.TypeOf<SocketException>());
    }

    [Test]
    public async Task Bytes_ArriveInOrderAcrossManyWrites()
    {
        var (mine, peer) = await PairAsync();
        for (var i = 0; i < 100; i++)
        {
            mine.Output.Write("head "u8);
            await mine.Output.WriteAsync("body\n"u8.ToArray());
        }

        Assert.That(await peer.ReadAsync(1000), Is.EqualTo(string.Concat(Enumerable.Repeat("head body\n", 100))));
    }

    [Test]
    public async Task UnconsumedBytes_AreSeenAgainWithWhatCameBehindThem()
    {
        var (mine, peer) = await PairAsync();
        var text = "";
        for (var size = 1; size < 100_000; size *= 3)
        {
            var more = new string((char)('a' + (size % 26)), size);
            text += more;
            await peer.SendAsync(more);
            while (true)
            {
                var read = await mine.Input.ReadAsync();
                var seen = System.Text.Encoding.Latin1.GetString(read.Buffer.ToArray());
                mine.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (seen.Length < text.Length) continue;
                Assert.That(seen, Is.EqualTo(text));
                break;
            }
        }
    }

    [Test]
    public async Task TryRead_FindsWhatIsThereAndNothingElse()
    {
        var (mine, peer) = await PairAsync();
        Assert.That(mine.Input.TryRead(out _), Is.False);
        await peer.SendAsync("x");
        Assert.That(() => TryReadOne(mine.Input), Is.EqualTo("x").After(5000, 1));
        Assert.That(mine.Input.TryRead(out _), Is.False);
        peer.HalfClose();
        ReadResult read = default;
        Assert.That(() => mine.Input.TryRead(out read), Is.True.After(5000, 1));
        Assert.That(read.IsCompleted);
    }

    [Test]
    public async Task CompletedOutput_IsAHalfClose()
    {
        var (mine, peer) = await PairAsync();
        await mine.Output.WriteAsync("last"u8.ToArray());
        await mine.Output.CompleteAsync();
        Assert.That(await peer.ReadToEndAsync(), Is.EqualTo("last"));
        await peer.SendAsync("answer");
        var read = await mine.Input.ReadAtLeastAsync(6);
        Assert.That(read.Buffer.ToArray(), Is.EqualTo("answer"u8.ToArray()));
    }

    [Test]
    public async Task AbortedConnection_ResetsThePeerAndEndsTheReadThatWaits()
    {
        var (mine, peer) = await PairAsync();
        var reading = mine.Input.ReadAsync().AsTask();
        mine.Abort();
        Assert.That(async () => await reading, Throws.Exception.Matches<Exception>(e => ConnectionLoss.Is(e!)));
        await mine.DisposeAsync();
        var error = await Assert.ThrowsAsync<SocketException>(peer.ReadToEndAsync);
        Assert.That(error!.SocketErrorCode, Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task PeerThatResets_IsALossForReaderAndWriter()
    {
        var (mine, peer) = await PairAsync();
        var reading = mine.Input.ReadAsync().AsTask();
        peer.Reset();
        Assert.That(async () => await reading, Throws.Exception.Matches<Exception>(e => ConnectionLoss.Is(e!)));
        Assert.That(await IsWriteLostAsync(mine));
    }

    [Test]
    public async Task OverdueRead_IsCancelledAndTellsWhy()
    {
        var (mine, peer) = await PairAsync();
        mine.ReadBy(_deadlines.In(TimeSpan.FromMilliseconds(150)));
        var read = await mine.Input.ReadAsync();
        Assert.That(read.IsCanceled && mine.IsReadOverdue);
        mine.Input.AdvanceTo(read.Buffer.Start);
        mine.ReadBy(0);
        await peer.SendAsync("late");
        read = await mine.Input.ReadAsync();
        Assert.That(read.Buffer.ToArray(), Is.EqualTo("late"u8.ToArray()));
    }

    [Test]
    public async Task OverdueFlush_IsCancelledWhenThePeerDoesNotRead()
    {
        var (mine, peer) = await PairAsync();
        mine.WriteBy(_deadlines.In(TimeSpan.FromMilliseconds(300)));
        FlushResult flushed = default;
        for (var i = 0; i < 10_000 && !flushed.IsCanceled; i++)
            flushed = await mine.Output.WriteAsync(new byte[64 * 1024]);
        Assert.That(flushed.IsCanceled && mine.IsWriteOverdue);
        peer.Dispose();
    }

    [Test]
    public async Task FlushedBytes_ArriveThoughTheConnectionIsClosedAtOnce()
    {
        var (mine, peer) = await PairAsync();
        var writing = Task.Run(async () =>
        {
            await mine.Output.WriteAsync(new byte[3_000_000]);
            await mine.DisposeAsync();
        });
        Assert.That((await peer.ReadToEndAsync()).Length, Is.EqualTo(3_000_000));
        await writing;
    }

    [Test]
    public async Task RefusedConnect_SaysSo()
    {
        var dialer = new Dialer(_transport, SystemNames.Resolver, TimeSpan.FromSeconds(5));
        var address = new BackendAddress("127.0.0.1", ScriptedBackend.ClosedPort(), false, IPAddress.Loopback);
        var dialed = await dialer.ConnectAsync(address, null, TimeSpan.Zero);
        Assert.That(dialed.Failure, Is.EqualTo(Failure.BackendUnreachable));
        Assert.That(dialed.Detail, Does.StartWith($"dial tcp {address}: ").And.Contain("refused").IgnoreCase);
    }

    [Test]
    public async Task NameWithAnAddressThatRefuses_ReachesTheOther()
    {
        using var backend = new ScriptedBackend();      // On 127.0.0.1; ::1 refuses.
        var dialer = new Dialer(_transport, SystemNames.Resolver, TimeSpan.FromSeconds(5));
        var dialed = await dialer.ConnectAsync(
            new BackendAddress("localhost", backend.Port, false, null), null, TimeSpan.Zero);
        Assert.That(dialed.Failure, Is.EqualTo(Failure.None), dialed.Detail);
    }

    [Test]
    public async Task NameThatDoesNotExist_IsUnresolved()
    {
        var dialer = new Dialer(_transport, SystemNames.Resolver, TimeSpan.FromSeconds(5));
        var dialed = await dialer.ConnectAsync(
            new BackendAddress("nowhere.invalid", 80, false, null), null, TimeSpan.Zero);
        Assert.That(dialed.Failure, Is.EqualTo(Failure.BackendNameUnresolved));
    }

    [Test]
    public async Task ThunderingHerd_IsAcceptedWhole()
    {
        const int Herd = 500;
        var served = 0;
        await using var listener = _transport.Listen(new IPEndPoint(IPAddress.Loopback, 0), async connection =>
        {
            Interlocked.Increment(ref served);
            await connection.DisposeAsync();
        });
        var port = ((IPEndPoint)listener.LocalEndPoint).Port;
        await Task.WhenAll(Enumerable.Range(0, Herd).Select(async _ =>
        {
            using var client = await Peer.ConnectAsync(port);
            await client.ReadToEndAsync();
        }));
        Assert.That(served, Is.EqualTo(Herd));
    }

    [Test]
    public async Task AddressThatIsTaken_IsRefusedAtOnce()
    {
        using var other = new ScriptedBackend();
        Assert.That(
            () => _transport.Listen(new IPEndPoint(IPAddress.Loopback, other.Port), _ => Task.CompletedTask),
            Throws.InstanceOf<SocketException>());
        await Task.CompletedTask;
    }

    private static string TryReadOne(PipeReader input)
    {
        if (!input.TryRead(out var read)) return "";
        var text = System.Text.Encoding.Latin1.GetString(read.Buffer.ToArray());
        input.AdvanceTo(read.Buffer.End);
        return text;
    }

    private static async Task<bool> IsWriteLostAsync(Connection connection)
    {
        try
        {
            for (var i = 0; i < 100; i++)
            {
                if ((await connection.Output.WriteAsync(new byte[1000])).IsCompleted) return true;
            }

            return false;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return true;
        }
    }

    private async Task<(Connection Mine, Peer Peer)> PairAsync()
    {
        var backend = new ScriptedBackend();
        _backends.Add(backend);
        var mine = await _transport.ConnectAsync(new IPEndPoint(IPAddress.Loopback, backend.Port), null, default);
        return (mine, await backend.AcceptAsync());
    }
}
