using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proxy.Host.Demo;

/// <summary>A real redis-server of the demo's own: nothing is saved, and it ends with the demo.</summary>
internal sealed class DemoRedis : IDemoStore
{
    private const int PreferredPort = 16379;

    // Redis lives as long as the pipe from us is open: it ends with us however we end. Told apart from our process
    // group by setsid, it does not see a Ctrl-C in the terminal, so that everything is stopped in order.
    private const string Supervise = """
        exec 3<&0
        "$@" 3<&- &
        server=$!
        { read -r _ <&3; kill $server 2>/dev/null; } &
        exec 3<&-
        wait $server
        """;

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(10);

    private readonly Process _supervisor;
    private readonly Task<string> _log;

    private DemoRedis(Process supervisor, IPEndPoint address)
    {
        _supervisor = supervisor;
        _log = supervisor.StandardOutput.ReadToEndAsync();
        Address = address;
    }

    /// <summary>Where it listens, on the loopback interface.</summary>
    public IPEndPoint Address { get; }

    public string Introduction =>
        $"redis     {Address}   (private, gone at the end: try redis-cli -p {Address.Port})";

    /// <summary>Starts the machine's redis-server and waits until it answers; null when there is none.</summary>
    /// <exception cref="StartFailure">It does not start.</exception>
    public static async Task<DemoRedis?> TryStartAsync()
    {
        if (Find("redis-server") is not { } program) return null;
        var address = FreeAddress();
        var redis = new DemoRedis(Launch(program, address), address);
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

    public void Fill(Flags flags) => (flags.ReadRedisPort, flags.WriteRedisPort) = (Address.Port, Address.Port);

    public string WhatToTry(string backend) => $"""
          redis-cli -p {Address.Port} lrange frontend:app.demo.test 0 -1
          redis-cli -p {Address.Port} rpush frontend:new.demo.test new {backend}     live, no reload
        """;

    public async ValueTask DisposeAsync()
    {
        _supervisor.StandardInput.Close();
        await _supervisor.WaitForExitAsync();
        _supervisor.Dispose();
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static IPEndPoint FreeAddress()
    {
        using var socket = LoopbackPort.BindNear(PreferredPort);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static Process Launch(string program, IPEndPoint address)
    {
        string[] command =
        [
            "sh", "-c", Supervise, "sh", program,
            "--port", $"{address.Port}", "--bind", $"{address.Address}", "--save", "", "--appendonly", "no",
            "--dir", "/", "--loglevel", "warning",
        ];
        return Process.Start(new ProcessStartInfo("setsid", command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    private async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (_supervisor.HasExited) throw new StartFailure($"redis-server did not start: {await _log}");
            if (started.Elapsed > StartTime) throw new StartFailure("redis-server does not answer");
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

    private static byte[] Encode(string[] words)
    {
        var message = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) message.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(message.ToString());
    }
}
