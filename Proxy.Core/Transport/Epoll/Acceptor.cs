using Proxy.Core.Linux;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// Accepts on one loop. Running out of descriptors makes it pause, and neither spin nor stop; stopping first accepts
/// what the kernel has accepted already.
/// </summary>
internal sealed class Acceptor(
    ListeningSocket socket, EventLoop loop, Deadlines deadlines, Func<Connection, Task> serve) : IWatched, IWorkItem
{
    // Then the accepted connections have their turn.
    private const int ConnectionsPerTurn = 64;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _placeFreed;
    private int _slot;
    private volatile bool _isStopping;
    private bool _isWatched;
    private bool _isClosed;

    public uint Generation { get; set; }

    /// <summary>The limits of clients; null for none.</summary>
    public ConnectionGate? Gate { get; init; }

    /// <summary>Reports why no client can be accepted.</summary>
    public required AcceptFailures Failures { get; init; }

    public void Start()
    {
        var among = socket.IsShared ? Kernel.EpollEvent.Exclusive : 0;
        _slot = EventLoop.Checked(loop.Watch(
            socket.Descriptor, this, Kernel.EpollEvent.In | Kernel.EpollEvent.EdgeTriggered | among));
        _isWatched = true;
    }

    public Task StopAsync()
    {
        _isStopping = true;
        loop.Post(this);
        return _stopped.Task;
    }

    /// <summary>Closes a socket that was never started.</summary>
    public void Close() => _ = Kernel.Close(socket.Descriptor);

    public void OnReady(uint events) => Run();

    public void Run()
    {
        if (_isClosed)
        {
            Gate?.PassOn();
            return;
        }

        if (_isStopping) Unwatch();
        Span<byte> address = stackalloc byte[SockAddr.BytesMax];
        for (var i = 0; i < ConnectionsPerTurn || _isStopping; i++)
        {
            if (!TryEnter()) return;
            var client = Kernel.Accept(socket.Descriptor, address);
            if (client >= 0)
            {
                Serve(client, SockAddr.Read(address));
                continue;
            }

            Gate?.Leave();
            if (client is -Kernel.Interrupted or -Kernel.ConnectionAborted) continue;
            PauseOrClose(client);
            return;
        }

        loop.Post(this);
    }

    // Before the last accept: a connection that was reported to this loop is accepted here, and later ones are reported
    // to the other loops or processes that have the same socket.
    private void Unwatch()
    {
        if (_isWatched) loop.Unwatch(_slot, socket.Descriptor);
        _isWatched = false;
    }

    // Without a slot nothing is accepted: clients wait in the kernel's queue until the acceptor is posted again.
    private bool TryEnter() =>
        Gate is not { } gate || gate.TryEnter(_placeFreed ??= () => loop.Post(this), isForced: _isStopping);

    private void Serve(int client, System.Net.IPEndPoint remote)
    {
        if (Gate?.Admits(remote) == false)
        {
            _ = Kernel.Close(client);
            Gate.Leave();
            return;
        }

        try
        {
            _ = serve(new EpollConnection(client, remote, loop, deadlines) { Gate = Gate });
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The kernel has no memory to watch one more: it was closed, like one that was never accepted.
            Gate?.Remove(remote);
            Gate?.Leave();
        }
    }

    private void PauseOrClose(int result)
    {
        if (_isStopping)
        {
            _isClosed = true;
            Close();
            _stopped.TrySetResult();
        }
        else if (result != -Kernel.Again)
        {
            Failures.Report(new System.Net.Sockets.SocketException(-result).Message);
            loop.PostAfterPause(this);
        }
    }
}

/// <summary>A listening socket.</summary>
/// <param name="Descriptor">Owned by the holder of this value.</param>
/// <param name="IsShared">Whether several loops of this process accept from its queue.</param>
internal readonly record struct ListeningSocket(int Descriptor, bool IsShared);
