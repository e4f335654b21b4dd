using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Proxy.Benchmarks.Harness.Setup;

/// <summary>A process that the harness started, on cores of its own. Ended when disposed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int ErrorLinesMax = 20;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private ChildProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>The last lines it wrote to stderr.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Bytes of its memory that are in RAM.</summary>
    public double ResidentBytes
    {
        get
        {
            const string Field = "VmRSS:";
            var status = File.ReadLines($"/proc/{Id}/status");
            var line = status.First(line => line.StartsWith(Field, StringComparison.Ordinal));
            return 1024 * double.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts a program on cores as taskset takes them; empty is all.</summary>
    public static ChildProcess Start(string cores, string program, params IEnumerable<string> arguments) =>
        new(Process.Start(Command(cores, program, arguments))!);

    /// <summary>Starts a hidden command of this program.</summary>
    public static ChildProcess StartOwn(string cores, string command)
    {
        var host = Environment.ProcessPath!;
        var start = Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? Command(cores, host, [Assembly.GetExecutingAssembly().Location, command])
            : Command(cores, host, [command]);
        // Fully compiled, and rarely collected, so that the instrument itself does not pause.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "0x4000000";
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>The next line of its stdout.</summary>
    /// <exception cref="BenchFailure">The process exited.</exception>
    public async Task<string> LineAsync(CancellationToken stop) =>
        await Output.ReadLineAsync(stop) ?? throw new BenchFailure($"{_process.ProcessName} ended early: {Errors}");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // Other work on the machine disturbs less. Only root may set this.
    private static string[] Priority => Environment.IsPrivilegedProcess ? ["nice", "-n", "-15"] : [];

    private static ProcessStartInfo Command(string cores, string program, IEnumerable<string> arguments)
    {
        string[] command = [.. Priority, .. Pinned(cores), program, .. arguments];
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
    }

    private static string[] Pinned(string cores) => cores.Length == 0 ? [] : ["taskset", "-c", cores];

    private void Keep(string? line)
    {
        if (line is null) return;
        _errors.Enqueue(line);
        if (_errors.Count > ErrorLinesMax) _errors.TryDequeue(out _);
    }
}
