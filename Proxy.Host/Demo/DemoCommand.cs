using System.Net;
using System.Runtime.InteropServices;
using Proxy.Host.CommandLine;
using Proxy.Host.Wiring;

namespace Proxy.Host.Demo;

/// <summary>
/// <c>planb demo [--listen IP:PORT]</c>: what was typed after the word, and the signals that end it.
/// Exits 0 when it was stopped, 1 when it could not start, 2 on bad usage.
/// </summary>
internal static class DemoCommand
{
    private const int CouldNotStart = 1;
    private const int BadUsage = 2;
    private const string Usage = """
        usage: planb demo [--listen IP:PORT]

        Starts a private Redis (a file of routes where there is no redis-server), three toy backends and the proxy
        in front of them, tells what to try, and takes everything away again with Ctrl-C.
        (default: --listen 127.0.0.1:8989)
        """;

    private static readonly IPEndPoint ListenByDefault = new(IPAddress.Loopback, 8989);

    /// <param name="arguments">What follows the word demo.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var complaints = new FlagErrors();
        var table = FlagTable.Of(new DemoFlags(), "planb demo");
        var read = GoStyleArguments.Read(arguments, table, complaints);
        if (read.Requests("help") || (!complaints.Any && read.Words is [{ Text: "help", IsBehindDashes: false }]))
        {
            Console.Out.WriteLine(Usage);
            return 0;
        }

        if (read.Words is [var stray, ..]) complaints.Add(stray.Explain(table, []));
        var listen = ReadListen(read, table, complaints);
        if (complaints.Any)
        {
            foreach (var line in complaints.Lines) Console.Error.WriteLine(line);
            return BadUsage;
        }

        return await RunUntilSignalAsync(new DemoSetup(listen));
    }

    private static async Task<int> RunUntilSignalAsync(DemoSetup demo)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await demo.RunAsync(stop.Token);
            return 0;
        }
        catch (StartFailure problem)
        {
            Console.Error.WriteLine($"planb: {problem.Message}");
            return CouldNotStart;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static IPEndPoint ReadListen(GoStyleArguments arguments, FlagTable table, FlagErrors complaints)
    {
        var typed = table.TryFind("listen", out var flag) ? arguments.Values.GetValueOrDefault(flag, flag.Default) : "";
        if (IPEndPoint.TryParse(typed, out var endpoint)) return endpoint;
        complaints.Invalid("listen", typed, $"IP:PORT, such as {ListenByDefault}");
        return ListenByDefault;
    }
}
