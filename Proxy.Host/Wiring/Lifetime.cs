using Proxy.Core;
using Proxy.Core.Linux;
using Proxy.Host.CommandLine;
using Proxy.Host.Service;

namespace Proxy.Host.Wiring;

/// <summary>The life of the process: start, wait for a signal, drain. A second signal does not wait.</summary>
internal static class Lifetime
{
    private const int Stopped = 0;
    private const int CannotStart = 1;

    // DNS lookups and the Redis client block threads of the pool now and then. With few cores the pool starts with as
    // few threads, and adds one every half second.
    private const int PoolThreadsMin = 16;

    public static async Task<int> RunAsync(Settings settings, ValueSources origins, Signals signals)
    {
        ThreadPool.SetMinThreads(PoolThreadsMin, PoolThreadsMin);
        try
        {
            var starting = Task.Run(() => Planb.StartAsync(settings, Output(), Errors()));
            if (!await signals.WaitForAsync(starting)) return Stopped;
            await using var planb = await starting;
            signals.Begin(planb);
            await signals.First;
            await planb.StopAsync(signals.Second);
            signals.End();
            return Stopped;
        }
        catch (StartFailure e)
        {
            Program.TryPrint(FlagErrors.Line(origins.Reword(e.Message)) + "\n", Console.Error);
            return CannotStart;
        }
    }

    private static Stream Output() => OperatingSystem.IsLinux()
        ? new StandardStream(StandardDescriptors.Output)
        : Console.OpenStandardOutput();

    private static Stream Errors() => OperatingSystem.IsLinux()
        ? new StandardStream(StandardDescriptors.Error)
        : Console.OpenStandardError();
}
