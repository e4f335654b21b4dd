using Proxy.Core.Linux;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Epoll;

/// <summary>
/// Accepts on one loop. Running out of descriptors makes it pause, and neither spin nor end; stopping first accepts
/// what the kernel has accepted already.
/// </summary>
internal sealed class Acceptor(
    ListeningSocket socket, EventLoop loop, Deadlines deadlines, Func<Connection, Task> serve) : IWatched, IWorkItem
{
    // Then those that were accepted have their turn.
    private const int ConnectionsPerTurn = 64;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _placeFreed;
    private int _slot;
    private volatile bool _isStopping;
    private bool _isWatched;
    private bool _isClosed;

    public uint Generation { get; set; }

    /// <summary>How many may be connected; null for any number.</summary>
    public ConnectionGate? Gate { get; init; }

    /// <summary>Is told why nobody can be accepted.</summary>
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

    // Before the last look: a connection that this loop was told of is taken here, and whoever else has the same socket
    // is told of those that come later.
    private void Unwatch()
    {
        if (_isWatched) loop.Unwatch(_slot, socket.Descriptor);
        _isWatched = false;
    }

    // Without a place nobody is accepted: clients wait in the kernel's queue until we are posted again.
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
            Gate?.Forget(remote);
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
