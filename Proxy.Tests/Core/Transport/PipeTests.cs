using System.Net;
using NUnit.Framework;
using Proxy.Core.Linux;
using Proxy.Core.Transport;
using Proxy.Core.Transport.Epoll;
using Proxy.Tests.Fixtures.Http;

namespace Proxy.Tests.Core.Transport;

/// <summary>Bytes in a pipe of the kernel belong to one tunnel, and to no other after it.</summary>
public sealed class PipeTests
{
    private const int PieceBytes = 1_000_000;

    [Test]
    public async Task ReceiverThatLeaves_LeavesNoBytesToTheNext()
    {
        using var deadlines = new Deadlines(TimeProvider.System);
        await using var transport = new EpollTransport(1, deadlines, Assert.Fail);
        using var backend = new ScriptedBackend();
        var pipes = transport.Loops[0].Pipes;
        var (from, source) = await PairAsync(transport, backend);
        var (to, receiver) = await PairAsync(transport, backend);
        var sending = SendUntilItFailsAsync(source);
        var relaying = RelayToTheEndAsync(from, to);

        // The receiver reads nothing: what is in the pipe stays there.
        Assert.That(() => pipes.Used == 1 && !relaying.IsCompleted, Is.True.After(5000, 100));
        receiver.Reset();
        Assert.That((await relaying.WaitAsync(Peer.Patience)).End.IsCompleted);
        Assert.That(pipes.Used, Is.Zero);
        var next = pipes.TryRent()!;
        var left = Kernel.Splice(next.ReadEnd, ((EpollConnection)from).Descriptor, PieceBytes);
        pipes.Return(next, isEmpty: true);
        Assert.That(left, Is.EqualTo(-Kernel.Again), "it is empty");
        source.Reset();
        await sending;
        await from.DisposeAsync();
        await to.DisposeAsync();
    }

    [Test]
    public void PipeWithBytes_IsNotUsedAgain()
    {
        using var pool = new PipePool();
        var pipe = pool.TryRent()!;
        pool.Return(pipe, isEmpty: false);
        Assert.That(pool.TryRent(), Is.Not.SameAs(pipe));
    }

    [Test]
    public void Pipes_AreBounded()
    {
        using var pool = new PipePool { UsedLimit = 1 };
        var pipe = pool.TryRent()!;
        Assert.That(pool.TryRent(), Is.Null);
        pool.Return(pipe, isEmpty: true);
        Assert.That(pool.TryRent(), Is.SameAs(pipe));
        pool.Return(pipe, isEmpty: true);
    }

    private static async Task<SpliceResult> RelayToTheEndAsync(Connection from, Connection to)
    {
        while (true)
        {
            var relayed = await from.SpliceAsync(to);
            if (relayed.End.IsCompleted || relayed.End.IsCanceled) return relayed;
        }
    }

    private static async Task SendUntilItFailsAsync(Peer source)
    {
        try
        {
            while (true) await source.SendAsync(new byte[PieceBytes]);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) || e is OperationCanceledException or ObjectDisposedException)
        {
            // It was reset, or nothing was taken any more.
        }
    }

    private static async Task<(Connection Mine, Peer Peer)> PairAsync(ITransport transport, ScriptedBackend backend)
    {
        var address = new IPEndPoint(IPAddress.Loopback, backend.Port);
        var mine = await transport.ConnectAsync(address, client: null, CancellationToken.None);
        return (mine, await backend.AcceptAsync());
    }
}
