using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Sockets;

/// <summary>Accepts until it is disposed. Running out of descriptors pauses it and ends nothing.</summary>
internal sealed class SocketListener : IListener
{
    // The kernel cuts this to net.core.somaxconn.
    private const int Backlog = 4096;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket[] _sockets;
    private readonly Action<Socket> _serve;
    private readonly Action<string> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private SocketListener(Socket[] sockets, Action<Socket> serve, Action<string> report)
    {
        _sockets = sockets;
        _serve = serve;
        _report = report;
        LocalEndPoint = sockets[0].LocalEndPoint!;
        _accepting = Task.WhenAll(sockets.Select(AcceptAsync));
    }

    public EndPoint LocalEndPoint { get; }

    public static SocketListener Bind(EndPoint endpoint, Action<Socket> serve, Action<string> report)
    {
        var socket = SocketOptions.Create(endpoint);
        try
        {
            if (endpoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } ip)
                socket.DualMode = ip.Address.Equals(IPAddress.IPv6Any);
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new SocketListener([socket], serve, report);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts from sockets that somebody else has bound, and may go on using.</summary>
    public static SocketListener Adopt(IReadOnlyList<int> descriptors, Action<Socket> serve, Action<string> report)
    {
        Socket[] sockets = [.. descriptors.Select(it => new Socket(new SafeSocketHandle(it, ownsHandle: true)))];
        if (Array.TrueForAll(sockets, IsListening)) return new SocketListener(sockets, serve, report);
        foreach (var socket in sockets) socket.Dispose();
        throw new SocketException((int)SocketError.OperationNotSupported);
    }

    // A socket that is closed while somebody waits for it is shut down, for all who have it: so that wait ends first.
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
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await socket.AcceptAsync(_stop.Token);
                ThreadPool.UnsafeQueueUserWorkItem(Serve, client, preferLocal: false);
            }
            catch (Exception e) when (_stop.IsCancellationRequested && ConnectionLoss.Is(e))
            {
                return;
            }
            catch (SocketException e)
            {
                _report($"cannot accept on {LocalEndPoint}: {e.Message}; trying again");
                await Task.Delay(PauseAfterFailure, CancellationToken.None);
            }
        }
    }

    private void Serve(Socket client)
    {
        try
        {
            SocketOptions.Tune(client);
            _serve(client);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The client left between accept and here.
            client.Dispose();
        }
    }
}
