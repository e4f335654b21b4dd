using System.Net;
using System.Net.Sockets;
using Proxy.Core.Transport.Admission;

namespace Proxy.Core.Transport.Sockets;

/// <summary>Accepts until it is disposed. Running out of descriptors pauses it but does not stop it.</summary>
internal sealed class SocketListener : IListener
{
    // The kernel limits this to net.core.somaxconn.
    private const int Backlog = 4096;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket[] _sockets;
    private readonly Func<Socket, Task> _serve;
    private readonly ConnectionGate _gate;
    private readonly AcceptFailures _acceptFailures;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private SocketListener(Socket[] sockets, Func<Socket, Task> serve, ConnectionGate gate, AcceptFailures failures)
    {
        (_sockets, _serve, _gate, _acceptFailures) = (sockets, serve, gate, failures);
        LocalEndPoint = sockets[0].LocalEndPoint!;
        _accepting = Task.WhenAll(sockets.Select(AcceptAsync));
    }

    public EndPoint LocalEndPoint { get; }

    public static SocketListener Bind(
        EndPoint endpoint, Func<Socket, Task> serve, ConnectionGate gate, AcceptFailures failures)
    {
        var socket = SocketOptions.Create(endpoint);
        try
        {
            if (endpoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } ip)
                socket.DualMode = ip.Address.Equals(IPAddress.IPv6Any);
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new SocketListener([socket], serve, gate, failures);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts from inherited sockets, which other processes may keep using.</summary>
    public static SocketListener Adopt(
        IReadOnlyList<int> descriptors, Func<Socket, Task> serve, ConnectionGate gate, AcceptFailures failures)
    {
        Socket[] sockets = [.. descriptors.Select(it => new Socket(new SafeSocketHandle(it, ownsHandle: true)))];
        if (Array.TrueForAll(sockets, IsListening)) return new SocketListener(sockets, serve, gate, failures);
        foreach (var socket in sockets) socket.Dispose();
        throw new SocketException((int)SocketError.OperationNotSupported);
    }

    // Closing a socket that is waited for shuts it down for all processes that have it: so that wait ends first.
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        foreach (var socket in _sockets) socket.Dispose();
    }

    private static bool IsListening(Socket socket) =>
        socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 &&
        socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0;

    private async Task AcceptAsync(Socket socket)
    {
        var places = new SemaphoreSlim(0);
        var placeFreed = () => PlaceFreed(places);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await socket.AcceptAsync(_stop.Token);
                await EnterAsync(client, places, placeFreed);
                ThreadPool.UnsafeQueueUserWorkItem(Serve, client, preferLocal: false);
            }
            catch (Exception e) when (_stop.IsCancellationRequested && ConnectionLoss.Is(e))
            {
                return;
            }
            catch (SocketException e)
            {
                _acceptFailures.Report(e.Message);
                await Task.Delay(PauseAfterFailure, CancellationToken.None);
            }
        }
    }

    // One client is accepted and waits, the others wait in the kernel's queue.
    private async Task EnterAsync(Socket client, SemaphoreSlim places, Action placeFreed)
    {
        try
        {
            while (!_gate.TryEnter(placeFreed)) await places.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            client.Dispose();
            throw;
        }
    }

    private void PlaceFreed(SemaphoreSlim places)
    {
        if (_stop.IsCancellationRequested) _gate.PassOn();
        else places.Release();
    }

    private void Serve(Socket client) => _ = ServeAsync(client);

    private async Task ServeAsync(Socket client)
    {
        EndPoint? remote = null;
        try
        {
            var address = client.RemoteEndPoint!;
            if (!_gate.Admits(address))
            {
                client.Dispose();
                return;
            }

            remote = address;
            SocketOptions.Tune(client);
            await _serve(client);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The client closed between the accept and here.
            client.Dispose();
        }
        finally
        {
            if (remote is not null) _gate.Remove(remote);
            _gate.Leave();
        }
    }
}
