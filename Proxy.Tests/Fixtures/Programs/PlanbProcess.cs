using System.Diagnostics;
using System.Net;
using System.Text;
using NUnit.Framework;
using Proxy.Tests.Fixtures.Redis;

namespace Proxy.Tests.Fixtures.Programs;

/// <summary>
/// One run of the program as a user runs it: the published file when <c>PLANB_BINARY</c> names it (<c>build.sh test</c>
/// does), else the one built with the tests. Ended, if it still runs, when disposed.
/// </summary>
internal sealed class PlanbProcess : IAsyncDisposable
{
    private const string Listening = "Listening on ", ListeningTls = "Listening tls on ";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly TextSeen _output;
    private readonly TextSeen _errors;

    private PlanbProcess(Process process)
    {
        _process = process;
        _output = new TextSeen(process.StandardOutput);
        _errors = new TextSeen(process.StandardError);
    }

    /// <summary>The program's path.</summary>
    public static string Binary =>
        Environment.GetEnvironmentVariable("PLANB_BINARY") is { Length: > 0 } published
            ? published
            : Path.Combine(TestContext.CurrentContext.TestDirectory, "planb");

    /// <summary>Whether that is the published file.</summary>
    public static bool IsPublished =>
        Environment.GetEnvironmentVariable("PLANB_BINARY") is { Length: > 0 };

    /// <summary>What it has written to stdout up to now.</summary>
    public string Output => _output.Text;

    /// <summary>What it has written to stderr up to now.</summary>
    public string Errors => _errors.Text;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its address space that is in memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it in a folder of its own choice.</summary>
    public static PlanbProcess Start(params string[] arguments) => StartWith([], arguments);

    /// <summary>Starts it with other values of environment variables.</summary>
    public static PlanbProcess StartWith(Dictionary<string, string> environment, params string[] arguments) =>
        StartAs(Binary, arguments, environment);

    /// <summary>Starts it with limits that the shell's ulimit is given.</summary>
    public static PlanbProcess StartLimited(string limit, params string[] arguments) =>
        StartUnder(["bash", "-c", $"ulimit {limit} && exec \"$@\"", "bash"], arguments);

    /// <summary>Starts it by a command that becomes the program whose path and arguments follow.</summary>
    public static PlanbProcess StartUnder(string[] command, params string[] arguments) =>
        StartAs(command[0], [.. command[1..], Binary, .. arguments], []);

    private static PlanbProcess StartAs(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // Variables of the tests' own, such as the one above, are no flags of its.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PLANB_", StringComparison.Ordinal)))
            start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new PlanbProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end, for command lines that do not serve.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunWithAsync([], arguments);

    /// <summary>The same with other values of environment variables.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunWithAsync(
        Dictionary<string, string> environment, params string[] arguments)
    {
        await using var planb = StartWith(environment, arguments);
        var exitCode = await planb.ExitAsync();
        return (exitCode, planb.Output, planb.Errors);
    }

    /// <summary>The address it reports to listen on.</summary>
    public async Task<IPEndPoint> ListeningAsync(bool isTls = false)
    {
        var words = isTls ? ListeningTls : Listening;
        var line = await _errors.LineWithAsync(words, Limit);
        var address = line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..];
        return IPEndPoint.Parse(address.TrimEnd('.'));
    }

    /// <summary>Waits for a line of stdout that contains <paramref name="text"/>.</summary>
    public Task<string> OutputLineAsync(string text) => _output.LineWithAsync(text, Limit);

    /// <summary>Waits for a line of stderr that contains <paramref name="text"/>.</summary>
    public Task<string> ErrorLineAsync(string text) => _errors.LineWithAsync(text, Limit);

    /// <summary>
    /// Sends a signal by its short name, <c>TERM</c>, and waits until it is delivered: until then the kernel would take
    /// a second one for the same.
    /// </summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        await kill.WaitForExitAsync();
        await Eventually.IsTrue(() => _process.HasExited || !HasPendingSignal(), $"{name} is delivered");
    }

    /// <summary>Waits until it has ended and everything it wrote has been read.</summary>
    public async Task<int> ExitAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Limit);
            await Task.WhenAll(_output.EndAsync, _errors.EndAsync).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It has not ended after {Limit.TotalSeconds} s, and wrote:\n{Output}\n{Errors}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private bool HasPendingSignal()
    {
        const string Pending = "ShdPnd:";
        try
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(Pending));
            return line[Pending.Length..].Trim('0', '\t').Length > 0;
        }
        catch (IOException)
        {
            return false;    // it has ended
        }
    }

    /// <summary>What was read from a stream, and a way to wait for more.</summary>
    private sealed class TextSeen
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _more = NewSignal();

        public TextSeen(StreamReader reader) => EndAsync = ReadAsync(reader);

        public Task EndAsync { get; }

        public string Text
        {
            get
            {
                lock (_lock) return _text.ToString();
            }
        }

        public async Task<string> LineWithAsync(string wanted, TimeSpan limit)
        {
            var started = Stopwatch.StartNew();
            while (true)
            {
                Task more;
                lock (_lock) more = _more.Task;
                var hasEnded = EndAsync.IsCompleted || started.Elapsed > limit;
                var lines = Text.Split('\n')[..^1];
                var found = Array.Find(lines, line => line.Contains(wanted, StringComparison.Ordinal));
                if (found is not null) return found;
                if (hasEnded) Assert.Fail($"No line with \"{wanted}\" in:\n{Text}");
                await Task.WhenAny(more, EndAsync, Task.Delay(limit));
            }
        }

        private async Task ReadAsync(StreamReader reader)
        {
            var buffer = new char[4096];
            while (await reader.ReadAsync(buffer) is > 0 and var count)
            {
                TaskCompletionSource before;
                lock (_lock)
                {
                    _text.Append(buffer, 0, count);
                    (before, _more) = (_more, NewSignal());
                }

                before.SetResult();
            }
        }

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
