using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Transport.Sockets;

/// <summary>Accepts until it is disposed. Running out of descriptors pauses it and ends nothing.</summary>
internal sealed class SocketListener : IListener
{
    // The kernel cuts this to net.core.somaxconn.
    private const int Backlog = 4096;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Action<Socket> _serve;
    private readonly Action<string> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private SocketListener(Socket socket, Action<Socket> serve, Action<string> report)
    {
        _socket = socket;
        _serve = serve;
        _report = report;
        LocalEndPoint = socket.LocalEndPoint!;
        _accepting = AcceptAsync();
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
            return new SocketListener(socket, serve, report);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_stop.Token);
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
