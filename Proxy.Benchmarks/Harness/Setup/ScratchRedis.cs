using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A private redis-server for the harness, without persistence.</summary>
internal sealed class ScratchRedis : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TcpClient _client;
    private readonly StreamReader _replies;

    private ScratchRedis(ChildProcess process, TcpClient client, int port)
    {
        (_process, _client, Port) = (process, client, port);
        _replies = new StreamReader(client.GetStream());
    }

    public int Port { get; }

    /// <exception cref="BenchFailure">There is no redis-server, or it does not start.</exception>
    public static async Task<ScratchRedis> StartAsync(string cores, string folder, CancellationToken stop)
    {
        var program = Programs.Need("redis-server", "from which the proxy reads its routes");
        var port = LoopbackPort.Free();
        var process = ChildProcess.Start(
            cores, program, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "",
            "--appendonly", "no", "--loglevel", "warning");
        try
        {
            await LoopbackPort.WaitUntilOpenAsync(port, process, stop);
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, stop);
            return new ScratchRedis(process, client, port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends commands, words separated by single spaces, in one batch.</summary>
    /// <exception cref="BenchFailure">Redis rejects one of them.</exception>
    public async Task SendAsync(IReadOnlyCollection<string> commands, CancellationToken stop)
    {
        var message = new StringBuilder();
        foreach (var command in commands)
        {
            var words = command.Split(' ');
            message.Append($"*{words.Length}\r\n");
            foreach (var word in words) message.Append($"${word.Length}\r\n{word}\r\n");
        }

        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(message.ToString()), stop);
        foreach (var command in commands)
        {
            var reply = await _replies.ReadLineAsync(stop) ?? "-connection closed";
            if (reply.StartsWith('-')) throw new BenchFailure($"redis refused \"{command}\": {reply[1..]}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _replies.Dispose();
        _client.Dispose();
        await _process.DisposeAsync();
    }
}
