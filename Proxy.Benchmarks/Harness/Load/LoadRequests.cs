using System.Text;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>The requests of a run, written beforehand.</summary>
internal sealed class LoadRequests
{
    // Coprime to the numbers of hosts that scenarios have: each is met once before any is met again, in no order.
    private const int Stride = 7919;
    private const int MessageBytes = 64;

    private readonly byte[][] _requests;
    private int _next;

    public LoadRequests(LoadOrder order)
    {
        var isNew = order.Kind == LoadKind.NewConnection;
        (Kind, Port) = (order.Kind, order.Port);
        Upgrade = Head(order.Path, 0,
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        _requests = order.Kind == LoadKind.Websocket
            ? [new byte[MessageBytes]]
            : [.. Enumerable.Range(0, order.Hosts)
                .Select(host => Head(order.Path, host, isNew ? "Connection: close\r\n" : ""))];
    }

    public LoadKind Kind { get; }

    /// <summary>Where they go.</summary>
    public int Port { get; }

    /// <summary>The head that turns a connection into a websocket.</summary>
    public byte[] Upgrade { get; }

    public byte[] Next()
    {
        _next = (_next + Stride) % _requests.Length;
        return _requests[_next];
    }

    private static byte[] Head(string path, int host, string more) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: {LoadOrder.HostName(host)}\r\n" +
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) bench/1\r\n" +
        "Accept: text/html,application/json;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n" +
        $"Cookie: session=0123456789abcdef0123456789abcdef\r\n{more}\r\n");
}
