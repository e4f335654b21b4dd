using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Proxy.Host.Wiring;

namespace Proxy.Host.Demo;

/// <summary>
/// A toy web server that responds with its name and the request it received. It trusts every message, so it must not be
/// reachable from outside.
/// </summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    private static readonly byte[] Continue = [.. "HTTP/1.1 100 Continue\r\n\r\n"u8];

    private readonly Socket _listener;
    private readonly string _name;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private DemoBackend(Socket listener, string name)
    {
        _listener = listener;
        _name = name;
        Url = $"http://{listener.LocalEndPoint}";
        _accepting = AcceptAsync();
    }

    /// <summary>The URL for the list of a route.</summary>
    public string Url { get; }

    /// <summary>Starts a backend on an address.</summary>
    /// <exception cref="StartFailure">The address cannot be listened on.</exception>
    public static DemoBackend Start(IPEndPoint listen, string name)
    {
        try
        {
            return new DemoBackend(LoopbackPort.Bind(listen), name);
        }
        catch (SocketException e)
        {
            throw new StartFailure($"cannot listen on {listen}: {e.Message}");
        }
    }

    /// <summary>Starts backend <paramref name="number"/> of <paramref name="count"/>, near a port.</summary>
    public static DemoBackend Start(int number, int count, int port) =>
        new(LoopbackPort.BindNear(port), $"{number} of {count}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                clients.RemoveAll(task => task.IsCompleted);
                clients.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        // One char is one byte, so that the bytes of bodies can be counted.
        using var reader = new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
        try
        {
            while (await ReadHeadAsync(reader) is { } head)
            {
                if (head.Find("Expect") is not null) await stream.WriteAsync(Continue, _stop.Token);
                var bodyBytes = await SkipBodyAsync(reader, head);
                await stream.WriteAsync(Answer(head, bodyBytes), _stop.Token);
                if (head.Find("Connection") is "close") return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or FormatException)
        {
            // The peer closed the connection or sent something invalid, or the demo stops: the connection is closed.
        }
    }

    private async Task<Head?> ReadHeadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync(_stop.Token) is not { } requestLine) return null;
        var fields = new List<string>();
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } field) fields.Add(field);
        return new Head(requestLine, fields);
    }

    private async Task<long> SkipBodyAsync(StreamReader reader, Head head)
    {
        if (head.Find("Transfer-Encoding") is null)
        {
            var length = long.Parse(head.Find("Content-Length") ?? "0", CultureInfo.InvariantCulture);
            await SkipAsync(reader, length);
            return length;
        }

        var total = 0L;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            var size = long.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) break;
            await SkipAsync(reader, size);
            await reader.ReadLineAsync(_stop.Token);
            total += size;
        }

        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
        {
            // Trailers are ignored.
        }

        return total;
    }

    private async Task SkipAsync(StreamReader reader, long count)
    {
        var buffer = new char[4096];
        while (count > 0)
        {
            var got = await reader.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), _stop.Token);
            if (got == 0) throw new IOException("The body ended before its announced length.");
            count -= got;
        }
    }

    private byte[] Answer(Head head, long bodyBytes)
    {
        var (method, target) = head.RequestLine.Split(' ') is [var verb, var path, ..] ? (verb, path) : ("", "");
        var text = $"""
            I am backend {_name} ({Url})
            request          {method} {target}
            Host             {head.Find("Host")}
            X-Forwarded-For  {head.Find("X-Forwarded-For")}
            body             {bodyBytes} bytes

            """;
        var fields = $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\n\r\n";
        return Encoding.Latin1.GetBytes(method == "HEAD" ? fields : fields + text);
    }

    private sealed record Head(string RequestLine, List<string> Fields)
    {
        public string? Find(string name)
        {
            var field = Fields.Find(field => field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
            return field?[(name.Length + 1)..].Trim();
        }
    }
}
