using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Host.Demo;

/// <summary>A real redis-server of the demo's own: nothing is saved, and it ends with the demo.</summary>
internal sealed class DemoRedis : IAsyncDisposable
{
    private const int PreferredPort = 16379;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(10);

    private readonly Process _server;
    private readonly DirectoryInfo _folder;

    private DemoRedis(Process server, DirectoryInfo folder, IPEndPoint address)
    {
        _server = server;
        _folder = folder;
        Address = address;
    }

    /// <summary>Where it listens, on the loopback interface.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Starts the machine's redis-server and waits until it answers.</summary>
    /// <exception cref="StartFailure">There is none, or it does not start.</exception>
    public static async Task<DemoRedis> StartAsync()
    {
        if (Find("redis-server") is not { } program)
        {
            throw new StartFailure(
                "the demo runs on a real Redis, and this machine has no redis-server\n" +
                "  apt-get install redis-server   (./build.sh demo does it)");
        }

        var folder = Directory.CreateTempSubdirectory("planb-demo-");
        var address = FreeAddress();
        var redis = new DemoRedis(Launch(program, folder, address), folder, address);
        try
        {
            await redis.WaitUntilReadyAsync();
            return redis;
        }
        catch (StartFailure)
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends one command, written as for redis-cli: words between single blanks.</summary>
    /// <exception cref="StartFailure">The server refused it.</exception>
    public async Task SendAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Address);
        await client.GetStream().WriteAsync(Encode(command.Split(' ')));
        using var reader = new StreamReader(client.GetStream());
        var reply = await reader.ReadLineAsync() ?? "-connection closed";
        if (reply.StartsWith('-')) throw new StartFailure($"redis refused \"{command}\": {reply[1..]}");
    }

    public async ValueTask DisposeAsync()
    {
        // Nothing is saved, so there is nothing to wait for.
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static IPEndPoint FreeAddress()
    {
        using var socket = LoopbackPort.BindNear(PreferredPort);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static Process Launch(string program, DirectoryInfo folder, IPEndPoint address)
    {
        // A session of its own, where there is setsid: a Ctrl-C in the terminal reaches the demo alone, which then
        // stops everything in order.
        var setsid = Find("setsid");
        var start = new ProcessStartInfo(setsid ?? program)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (setsid is not null) start.ArgumentList.Add(program);
        string[] options =
        [
            "--port", $"{address.Port}", "--bind", $"{address.Address}", "--save", "", "--appendonly", "no",
            "--logfile", "redis.log", "--daemonize", "no",
        ];
        foreach (var option in options) start.ArgumentList.Add(option);
        return Process.Start(start)!;
    }

    private async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (_server.HasExited || started.Elapsed > StartTime)
                throw new StartFailure($"redis-server did not start:\n{ReadLog()}");
            await Task.Delay(AskAgain);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await SendAsync("ping");
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or StartFailure)
        {
            // Not yet listening, or still loading.
            return false;
        }
    }

    private string ReadLog()
    {
        var log = new FileInfo(Path.Combine(_folder.FullName, "redis.log"));
        return log.Exists ? File.ReadAllText(log.FullName) : "it left no log";
    }

    private static byte[] Encode(string[] words)
    {
        var message = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) message.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(message.ToString());
    }
}
