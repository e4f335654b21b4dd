using Proxy.Core.Linux;
using Proxy.Host.CommandLine;
using Proxy.Host.Service;
using Proxy.Host.Wiring;

namespace Proxy.Host.Commands;

/// <summary><c>planb</c>: starts the proxy, waits for a signal, drains. A second signal ends the drain.</summary>
internal static class ServeCommand
{
    // DNS lookups and the Redis client block threads of the pool now and then. With few cores the pool starts with as
    // few threads, and adds one every half second.
    private const int PoolThreadsMin = 16;

    /// <summary>Serves until it is stopped, and returns the exit code.</summary>
    public static async Task<int> RunAsync(Invocation invocation, Signals signals)
    {
        ThreadPool.SetMinThreads(PoolThreadsMin, PoolThreadsMin);
        try
        {
            var starting = Task.Run(() => Planb.StartAsync(invocation.Settings!, Output(), Errors()));
            if (!await signals.WaitForAsync(starting)) return ExitCodes.Success;
            await using var planb = await starting;
            signals.Begin(planb);
            await signals.First;
            await planb.StopAsync(signals.Second);
            signals.End();
            return ExitCodes.Success;
        }
        catch (StartFailure e)
        {
            Program.TryPrint(FlagErrors.Line(invocation.Origins.Reword(e.Message)) + "\n", Console.Error);
            return ExitCodes.Failure;
        }
    }

    private static Stream Output() => OperatingSystem.IsLinux()
        ? new StandardStream(StandardDescriptors.Output)
        : Console.OpenStandardOutput();

    private static Stream Errors() => OperatingSystem.IsLinux()
        ? new StandardStream(StandardDescriptors.Error)
        : Console.OpenStandardError();
}
