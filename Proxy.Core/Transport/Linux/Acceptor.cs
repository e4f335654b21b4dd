namespace Proxy.Core.Transport.Linux;

/// <summary>
/// Accepts on one loop. Running out of descriptors makes it pause, and neither spin nor end; stopping first accepts
/// what the kernel has accepted already.
/// </summary>
internal sealed class Acceptor(
    ListeningSocket socket, EventLoop loop, Deadlines deadlines, Func<Connection, Task> serve) : IWatched, IPosted
{
    // Then those that were accepted have their turn.
    private const int ConnectionsPerTurn = 64;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slot;
    private volatile bool _isStopping;
    private bool _isWatched;
    private bool _isClosed;

    public uint Generation { get; set; }

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
        if (_isClosed) return;
        if (_isStopping) Unwatch();
        Span<byte> address = stackalloc byte[SocketAddress.BytesMax];
        for (var i = 0; i < ConnectionsPerTurn || _isStopping; i++)
        {
            var client = Kernel.Accept(socket.Descriptor, address);
            if (client >= 0) Serve(client, address);
            else if (client is -Kernel.Interrupted or -Kernel.ConnectionAborted) continue;
            else
            {
                Rest(client);
                return;
            }
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

    private void Serve(int client, ReadOnlySpan<byte> address)
    {
        try
        {
            _ = serve(new EpollConnection(client, SocketAddress.Read(address), loop, deadlines));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The kernel has no memory to watch one more: it was closed, like one that was never accepted.
        }
    }

    private void Rest(int result)
    {
        if (_isStopping)
        {
            _isClosed = true;
            Close();
            _stopped.TrySetResult();
        }
        else if (result != -Kernel.Again)
        {
            loop.PostAfterPause(this);
        }
    }
}
