using System.Net;
using System.Net.Sockets;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>A backend whose every byte is sent by the test.</summary>
internal sealed class ScriptedBackend : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Peer> _peers = [];

    public ScriptedBackend() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Whether a connection waits to be accepted.</summary>
    public bool IsAsked => _listener.Pending();

    /// <summary>A port that refuses connections.</summary>
    public static int ClosedPort() => ReservedPort.Closed.Number;

    public async Task<Peer> AcceptAsync()
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        var socket = await _listener.AcceptSocketAsync(patience.Token);
        socket.NoDelay = true;
        var peer = new Peer(socket);
        _peers.Add(peer);
        return peer;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var peer in _peers) peer.Dispose();
    }
}
