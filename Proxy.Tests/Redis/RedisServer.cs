using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Proxy.Tests.Redis;

/// <summary>A real, private redis-server (or Sentinel) on a free loopback port, with redis-cli beside it.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("planb-redis-").FullName;
    private readonly string[] _options;
    private Process? _process;

    private RedisServer(int port, string[] options)
    {
        Port = port;
        _options = options;
    }

    public int Port { get; }

    public string Password { get; private init; } = "";

    public string SocketPath => Path.Combine(_directory, "redis.sock");

    public DnsEndPoint EndPoint => new("127.0.0.1", Port);

    public int ProcessId => _process!.Id;

    /// <summary>Starts a server; <paramref name="options"/> are arguments of redis-server.</summary>
    public static RedisServer Start(params string[] options)
    {
        var server = new RedisServer(FreePort(), options);
        server.Start();
        return server;
    }

    public static RedisServer StartWithPassword(string password)
    {
        var server = new RedisServer(FreePort(), ["--requirepass", password]) { Password = password };
        server.Start();
        return server;
    }

    /// <summary>Starts a Sentinel that knows one master as "mymaster".</summary>
    public static RedisServer StartSentinel(RedisServer master, string password = "")
    {
        var server = new RedisServer(FreePort(), []) { Password = password };
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

    /// <summary>A port nobody listens on at present.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts again, empty, on the same port.</summary>
    public void Start() => Run(
        ["--port", $"{Port}", "--bind", "127.0.0.1", "--unixsocket", SocketPath, "--dir", _directory,
         "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", .. _options]);

    /// <summary>Ends the process as by kill -9.</summary>
    public void Kill()
    {
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

    /// <summary>Runs redis-cli with one command and returns what it prints, trimmed.</summary>
    public string Cli(params string[] command)
    {
        string[] login = Password.Length > 0 ? ["--no-auth-warning", "-a", Password] : [];
        return Output("redis-cli", ["-p", $"{Port}", .. login, .. command]);
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
        Directory.Delete(_directory, recursive: true);
    }

    private void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        var clock = Stopwatch.StartNew();
        while (!Cli("ping").Contains("PONG", StringComparison.Ordinal))
        {
            if (clock.Elapsed < StartLimit && !_process.HasExited) continue;
            throw new TimeoutException("redis-server did not start");
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
