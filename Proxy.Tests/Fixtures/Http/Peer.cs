using System.Net.Sockets;
using System.Text;
using Proxy.Core.Transport;

namespace Proxy.Tests.Fixtures.Http;

/// <summary>
/// One end of a TCP connection that sends and expects exactly the bytes of a test. Every wait is bounded.
/// </summary>
internal sealed class Peer(Socket socket) : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly List<byte> _received = [];

    public Socket Socket { get; } = socket;

    /// <param name="port">Where to connect to.</param>
    /// <param name="receiveBytes">The kernel's buffer for a receiver that is slow; 0 is the usual one.</param>
    public static async Task<Peer> ConnectAsync(int port, int receiveBytes = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBytes > 0) socket.ReceiveBufferSize = receiveBytes;
        await socket.ConnectAsync("127.0.0.1", port);
        return new Peer(socket);
    }

    /// <summary>All that is answered to a request on a connection of its own.</summary>
    public static async Task<string> AskAsync(int port, string request)
    {
        using var peer = await ConnectAsync(port);
        await peer.SendAsync(request);
        return await peer.ReadToEndAsync();
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!bytes.IsEmpty) bytes = bytes[await Socket.SendAsync(bytes, patience.Token)..];
    }

    /// <summary>Start line and fields, with the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var end = Text(_received.Count).IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0) return Take(end + 4);
            if (!await ReceiveAsync())
                throw new EndOfStreamException($"ended before a head was complete: '{Text(_received.Count)}'");
        }
    }

    public async Task<string> ReadAsync(int count)
    {
        while (_received.Count < count)
        {
            if (!await ReceiveAsync())
                throw new EndOfStreamException(
                    $"ended after {_received.Count} of {count} bytes: '{Text(_received.Count)}'");
        }

        return Take(count);
    }

    /// <summary>Receives so many bytes and forgets them.</summary>
    public async Task SkipAsync(int count)
    {
        count -= Math.Min(count, _received.Count);
        _received.Clear();
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(Patience);
        while (count > 0)
        {
            var room = buffer.AsMemory(0, Math.Min(count, buffer.Length));
            var received = await Socket.ReceiveAsync(room, patience.Token);
            if (received == 0) throw new EndOfStreamException($"ended {count} bytes early");
            count -= received;
        }
    }

    /// <summary>A head, and the body that its fields announce, framing included.</summary>
    public async Task<string> ReadMessageAsync(bool hasBody = true)
    {
        var head = await ReadHeadAsync();
        if (!hasBody) return head;
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
            return head + await ReadChunksAsync();
        var length = ValueOf(head, "Content-Length");
        return length is null ? head : head + await ReadAsync(int.Parse(length));
    }

    /// <summary>Everything to the end of the stream.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return Take(_received.Count);
    }

    /// <summary>How many bytes come before the stream ends, and whether it ends by a reset.</summary>
    public async Task<(long Bytes, bool IsReset)> CountToEndAsync()
    {
        try
        {
            while (await ReceiveAsync())
            {
            }

            return (_received.Count, false);
        }
        catch (SocketException)
        {
            return (_received.Count, true);
        }
    }

    /// <summary>Whether the stream ends, orderly or by a reset, with nothing more in it.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await ReadToEndAsync() == "";
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>The trimmed value of a field of a head, or null.</summary>
    public static string? ValueOf(string head, string name)
    {
        var line = head.Split("\r\n").FirstOrDefault(
            line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return line?[(name.Length + 1)..].Trim();
    }

    /// <summary>Waits until the other side's kernel has received everything that was sent.</summary>
    public async Task DeliveredAsync()
    {
        var info = new byte[TcpInfo.Bytes];
        var until = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < until)
        {
            var length = Socket.GetRawSocketOption(TcpInfo.Level, TcpInfo.Option, info);
            if (!TcpInfo.ProgressOf(info.AsSpan(0, length)).IsPending) return;
            await Task.Delay(10);
        }

        throw new TimeoutException("what was sent is not received");
    }

    public void HalfClose() => Socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    public void Dispose() => Socket.Dispose();

    private async Task<string> ReadChunksAsync()
    {
        var all = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            all.Append(line);
            var size = Convert.ToInt32(line.Split(';')[0].Trim(), 16);
            if (size > 0) all.Append(await ReadAsync(size + 2));
            else break;
        }

        while (true)
        {
            var line = await ReadLineAsync();
            all.Append(line);
            if (line == "\r\n") return all.ToString();
        }
    }

    private async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var end = Text(_received.Count).IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0) return Take(end + 2);
            if (!await ReceiveAsync()) throw new EndOfStreamException("ended in the middle of a line");
        }
    }

    private async Task<bool> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(Patience);
        var count = await Socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private string Text(int count) => Encoding.Latin1.GetString([.. _received.Take(count)]);

    private string Take(int count)
    {
        var text = Text(count);
        _received.RemoveRange(0, count);
        return text;
    }
}
