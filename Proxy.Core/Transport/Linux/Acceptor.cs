namespace Proxy.Core.Transport.Linux;

/// <summary>
/// Accepts on one loop. Running out of descriptors makes it pause, and neither spin nor end; stopping first accepts
/// what the kernel has accepted already.
/// </summary>
internal sealed class Acceptor(int descriptor, EventLoop loop, Deadlines deadlines, Func<Connection, Task> serve)
    : IWatched, IPosted
{
    // Then those that were accepted have their turn.
    private const int ConnectionsPerTurn = 64;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slot;
    private volatile bool _isStopping;
    private bool _isClosed;

    public uint Generation { get; set; }

    public void Start() => _slot = EventLoop.Checked(
        loop.Watch(descriptor, this, Kernel.EpollEvent.In | Kernel.EpollEvent.EdgeTriggered));

    public Task StopAsync()
    {
        _isStopping = true;
        loop.Post(this);
        return _stopped.Task;
    }

    /// <summary>Closes a socket that was never started.</summary>
    public void Close() => _ = Kernel.Close(descriptor);

    public void OnReady(uint events) => Run();

    public void Run()
    {
        if (_isClosed) return;
        Span<byte> address = stackalloc byte[SocketAddress.BytesMax];
        for (var i = 0; i < ConnectionsPerTurn || _isStopping; i++)
        {
            var client = Kernel.Accept(descriptor, address);
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
            loop.Forget(_slot);
            Close();
            _stopped.TrySetResult();
        }
        else if (result != -Kernel.Again)
        {
            loop.PostAfterPause(this);
        }
    }
}
