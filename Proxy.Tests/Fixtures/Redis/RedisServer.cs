using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Proxy.Tests.Fixtures.Transport;

namespace Proxy.Tests.Fixtures.Redis;

/// <summary>A real, private redis-server (or Sentinel) on a loopback port of its own.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("planb-redis-").FullName;
    private readonly ReservedPort _port = new();
    private readonly Lock _lock = new();
    private readonly string[] _options;
    private Process? _process;
    private RedisClient? _client;

    private RedisServer(params string[] options) => _options = options;

    public int Port => _port.Number;

    public string Password { get; private init; } = "";

    public string SocketPath => Path.Combine(_directory, "redis.sock");

    public DnsEndPoint EndPoint => new("127.0.0.1", Port);

    public int ProcessId => _process!.Id;

    /// <summary>Starts a server; <paramref name="options"/> are arguments of redis-server.</summary>
    public static RedisServer Start(params string[] options)
    {
        var server = new RedisServer(options);
        server.Start();
        return server;
    }

    public static RedisServer StartWithPassword(string password)
    {
        var server = new RedisServer("--requirepass", password) { Password = password };
        server.Start();
        return server;
    }

    /// <summary>Starts a Sentinel that knows one master as "mymaster".</summary>
    public static RedisServer StartSentinel(RedisServer master, string password = "")
    {
        var server = new RedisServer() { Password = password };
        var file = Path.Combine(server._directory, "sentinel.conf");
        File.WriteAllText(file, $"""
            port {server.Port}
            bind 127.0.0.1
            {(password.Length > 0 ? $"requirepass {password}" : "")}
            sentinel monitor mymaster 127.0.0.1 {master.Port} 1
            sentinel down-after-milliseconds mymaster 500
            sentinel failover-timeout mymaster 2000

            """);
        server.Run(file, "--sentinel");
        return server;
    }

    /// <summary>Starts again, empty, on the same port.</summary>
    public void Start() => StartWith();

    /// <summary>The same with further arguments.</summary>
    public void StartWith(params string[] further) => Run(
        ["--port", $"{Port}", "--bind", "127.0.0.1", "--unixsocket", SocketPath, "--dir", _directory,
         "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", .. _options, .. further]);

    /// <summary>Ends the process as by kill -9.</summary>
    public void Kill()
    {
        Disconnect();
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops the process without ending it (SIGSTOP): it neither answers nor closes.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Signal("-CONT");

    /// <summary>Sends one command and returns the reply as redis-cli prints it, trimmed.</summary>
    public string Cli(params string[] command)
    {
        lock (_lock)
        {
            try
            {
                return (_client ??= Connect()).Call(command).Trim();
            }
            catch (IOException)
            {
                // The server closed it, for example by "client kill"; a new connection is as good.
                Disconnect();
                return (_client = Connect()).Call(command).Trim();
            }
        }
    }

    /// <summary>The same in another database than the first one.</summary>
    public string CliIn(int database, params string[] command)
    {
        using var client = Connect();
        client.Call("select", $"{database}");
        return client.Call(command).Trim();
    }

    /// <summary>Runs redis-cli with the commands of a file.</summary>
    public string CliFrom(string path) => Output("sh", ["-c", $"redis-cli -p {Port} < {path}"]);

    /// <summary>How often a command was called since the server started.</summary>
    public int Calls(string command)
    {
        var stats = Cli("info", "commandstats");
        var match = Regex.Match(stats, $"cmdstat_{command}:calls=(\\d+)");
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Creates a list as Hipache's users do.</summary>
    public void AddRoute(string host, params string[] elements) => Cli(["rpush", $"frontend:{host}", .. elements]);

    public void Dispose()
    {
        if (_process is not null) Thaw();
        Kill();
        _port.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private RedisClient Connect()
    {
        var client = RedisClient.Open(Port);
        if (Password.Length > 0) client.Call("auth", Password);
        return client;
    }

    private void Disconnect()
    {
        _client?.Dispose();
        _client = null;
    }

    private void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        var clock = Stopwatch.StartNew();
        while (!Answers())
        {
            if (_process.WaitForExit(AskAgain) || clock.Elapsed > StartLimit)
                throw new TimeoutException("redis-server did not start");
        }
    }

    private bool Answers()
    {
        try
        {
            return Cli("ping") == "PONG";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;    // not yet
        }
    }

    private void Signal(string signal) => Output("kill", [signal, $"{ProcessId}"]);

    private static string Output(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output + errors.Result).Trim();
    }
}
