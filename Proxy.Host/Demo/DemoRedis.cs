using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Proxy.Host.CommandLine;
using Proxy.Host.Wiring;

namespace Proxy.Host.Demo;

/// <summary>A private redis-server for the demo: it saves nothing, and exits with the demo.</summary>
internal sealed class DemoRedis : IDemoStore
{
    private const int PreferredPort = 16379;

    // Redis runs as long as the pipe from this process is open, so it exits with this process in every case. setsid
    // puts it into a process group of its own: it does not receive the Ctrl-C of the terminal, so that everything stops
    // in order. Only the server holds its log open, so that the log ends with it.
    private const string Supervise = """
        exec 3<&0
        "$@" 3<&- &
        server=$!
        { read -r _ <&3; kill $server 2>/dev/null; } >/dev/null &
        exec 3<&-
        wait $server
        """;

    // What redis-server logs when it listens. A reply would prove less: the Redis of another demo replies, too.
    private const string Ready = "ready to accept connections";
    private const string PortTaken = "in use";
    private const int AttemptsMax = 3;

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);

    private readonly Process _supervisor;

    private DemoRedis(Process supervisor, IPEndPoint address) => (_supervisor, Address) = (supervisor, address);

    /// <summary>Where it listens, on the loopback interface.</summary>
    public IPEndPoint Address { get; }

    public string Introduction =>
        $"redis     {Address}   (private, gone at the end: try redis-cli -p {Address.Port})";

    /// <summary>Starts redis-server and waits until it listens; returns null if it is not installed.</summary>
    /// <exception cref="StartFailure">It does not start.</exception>
    public static async Task<DemoRedis?> TryStartAsync()
    {
        if (Find("redis-server") is not { } program) return null;
        for (var attempt = 1; ; attempt++)
        {
            using var reserved = LoopbackPort.Reserve(attempt == 1 ? PreferredPort : 0);
            var address = (IPEndPoint)reserved.LocalEndPoint!;
            var redis = new DemoRedis(Launch(program, address), address);
            var failure = await redis.FindFailureAsync();
            if (failure is null) return redis;
            await redis.DisposeAsync();

            // Another demo, started at the same moment, has taken the usual port.
            var isTaken = failure.Contains(PortTaken, StringComparison.Ordinal);
            if (!isTaken || attempt == AttemptsMax) throw new StartFailure(failure);
        }
    }

    /// <summary>Sends one command, written as for redis-cli: words separated by single spaces.</summary>
    /// <exception cref="StartFailure">The server rejected it.</exception>
    public async Task SendAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Address);
        await client.GetStream().WriteAsync(Encode(command.Split(' ')));
        using var reader = new StreamReader(client.GetStream());
        var reply = await reader.ReadLineAsync() ?? "-connection closed";
        if (reply.StartsWith('-')) throw new StartFailure($"Redis rejected \"{command}\": {reply[1..]}");
    }

    public void Fill(Flags flags) => flags.ReadRedis.Port = flags.WriteRedis.Port = Address.Port;

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

    private static Process Launch(string program, IPEndPoint address)
    {
        string[] command =
        [
            "sh", "-c", Supervise, "sh", program,
            "--port", $"{address.Port}", "--bind", $"{address.Address}", "--save", "", "--appendonly", "no",
            "--dir", "/", "--loglevel", "notice",
        ];
        return Process.Start(new ProcessStartInfo("setsid", command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <summary>Waits until the server listens; returns the reason when it does not.</summary>
    private async Task<string?> FindFailureAsync()
    {
        var log = new StringBuilder();
        using var limit = new CancellationTokenSource(StartTime);
        try
        {
            while (await _supervisor.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.Contains(Ready, StringComparison.OrdinalIgnoreCase))
                {
                    _ = _supervisor.StandardOutput.BaseStream.CopyToAsync(Stream.Null);    // never full
                    return null;
                }

                log.AppendLine(line);
            }

            return $"redis-server did not start: {log}";
        }
        catch (OperationCanceledException)
        {
            return $"redis-server does not listen after {StartTime.TotalSeconds} s: {log}";
        }
    }

    private static byte[] Encode(string[] words)
    {
        var message = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) message.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(message.ToString());
    }
}
