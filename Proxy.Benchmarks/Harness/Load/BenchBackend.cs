using System.Text;
using Proxy.Benchmarks.Harness.Native;

namespace Proxy.Benchmarks.Harness.Load;

/// <summary>
/// The hidden command <c>backend</c>: answers <c>/small</c>, <c>/16k</c> and <c>/1m</c>, and echoes upgraded
/// connections. One thread. Writes its ports to stdout: two that answer and one that refuses. Ends with its input.
/// </summary>
internal sealed class BenchBackend : IReady
{
    private const int SmallBytes = 200;

    private static readonly byte[] Small = Response(SmallBytes);
    private static readonly byte[] Page = Response(16 * 1024);
    private static readonly byte[] Download = Response(1024 * 1024);
    private static readonly byte[] SwitchingProtocols = Encoding.ASCII.GetBytes(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");

    private readonly Loop _loop;
    private readonly int _listener = Loop.Checked(SystemCalls.Socket());

    private BenchBackend(Loop loop)
    {
        _loop = loop;
        Loop.Checked(SystemCalls.Bind(_listener, 0));
        Port = Loop.Checked(SystemCalls.Port(_listener));
    }

    private int Port { get; }

    public static int Run()
    {
        using var loop = new Loop();
        var (first, second, dead) = (new BenchBackend(loop), new BenchBackend(loop), new BenchBackend(loop));
        first.Listen();
        second.Listen();
        Console.Out.WriteLine($"{first.Port} {second.Port} {dead.Port}");
        var ended = Task.Run(Console.In.ReadToEndAsync);
        while (!ended.IsCompleted) loop.Turn(long.MaxValue);
        return 0;
    }

    public void OnReady(uint events)
    {
        while (SystemCalls.Accept(_listener) is >= 0 and var client) _ = ServeAsync(new LoopStream(_loop, client));
    }

    private void Listen()
    {
        Loop.Checked(SystemCalls.Listen(_listener));
        _loop.Watch(_listener, this);
    }

    private static async Task ServeAsync(LoopStream client)
    {
        await using var _ = client;
        var buffer = new byte[16 * 1024];
        var count = 0;
        try
        {
            while (await client.ReadAsync(buffer.AsMemory(count)) is > 0 and var more)
            {
                count += more;
                var head = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
                if (head < 0) continue;
                var response = ResponseTo(buffer.AsSpan(0, head + 2));
                await client.WriteAsync(response);
                if (response == SwitchingProtocols) await EchoAsync(client, buffer);
                count = 0;
            }
        }
        catch (IOException)
        {
            // The proxy has exited, as it does after each measurement.
        }
    }

    private static async Task EchoAsync(LoopStream client, byte[] buffer)
    {
        while (await client.ReadAsync(buffer) is > 0 and var count) await client.WriteAsync(buffer.AsMemory(0, count));
    }

    private static byte[] ResponseTo(ReadOnlySpan<byte> head)
    {
        if (head.IndexOf("\nUpgrade: "u8) >= 0) return SwitchingProtocols;
        if (head.StartsWith("GET /1m "u8)) return Download;
        return head.StartsWith("GET /16k "u8) ? Page : Small;
    }

    private static byte[] Response(int bodyBytes) => Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: toy\r\nDate: Tue, 24 Nov 2026 08:00:00 GMT\r\nContent-Type: text/plain\r\n" +
        $"Content-Length: {bodyBytes}\r\n\r\n{new string('x', bodyBytes)}");
}
