using System.Net;
using System.Runtime.InteropServices;
using Proxy.Host.CommandLine;
using Proxy.Host.Wiring;

namespace Proxy.Host.Demo;

/// <summary>
/// The parts that <c>planb demo</c> and <c>planb demo backend</c> share: arguments, signals, exit codes.
/// </summary>
internal static class DemoArguments
{
    public static bool AsksForHelp(GoStyleArguments read, FlagErrors errors) =>
        read.Requests("help") || (!errors.Any && read.Words is [{ Text: "help", IsBehindDashes: false }]);

    public static int PrintUsage(string usage)
    {
        Console.Out.WriteLine(usage);
        return ExitCodes.Success;
    }

    public static int PrintErrors(FlagErrors errors)
    {
        foreach (var line in errors.Lines) Console.Error.WriteLine(line);
        return ExitCodes.BadUsage;
    }

    /// <summary>Reports the first word that is not a flag.</summary>
    public static void RejectWords(GoStyleArguments read, FlagTable table, FlagErrors errors)
    {
        if (read.Words is [var stray, ..]) errors.Add(stray.Explain(table, []));
    }

    /// <summary>Returns the value of a flag as typed, or its default.</summary>
    public static string ValueOf(string name, GoStyleArguments read, FlagTable table) =>
        table.TryFind(name, out var flag) ? read.Values.GetValueOrDefault(flag, flag.Default) : "";

    /// <summary>Returns the address of <c>--listen</c>; reports one that is not an address.</summary>
    public static IPEndPoint ReadListen(GoStyleArguments read, FlagTable table, FlagErrors errors)
    {
        var typed = ValueOf("listen", read, table);
        if (IPEndPoint.TryParse(typed, out var endpoint)) return endpoint;
        var example = table.TryFind("listen", out var flag) ? flag.Default : "";
        errors.Invalid("listen", typed, $"IP:PORT, such as {example}");
        return new IPEndPoint(IPAddress.Loopback, 0);
    }

    /// <summary>Runs until INT or TERM, and returns the exit code.</summary>
    public static async Task<int> RunUntilSignalAsync(Func<CancellationToken, Task> run)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await run(stop.Token);
            return ExitCodes.Success;
        }
        catch (StartFailure problem)
        {
            Console.Error.WriteLine($"planb: {problem.Message}");
            return ExitCodes.Failure;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Waits until <paramref name="stop"/>.</summary>
    public static async Task WaitAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = stop.Register(stopped.SetResult);
        await stopped.Task;
    }
}
