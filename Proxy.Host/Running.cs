using Proxy.Core;

namespace Proxy.Host;

/// <summary>The life of the process: start, wait for a signal, drain. A second signal does not wait.</summary>
internal static class Running
{
    private const int Stopped = 0;
    private const int CannotStart = 1;

    // Name look-ups and the Redis client block threads of the pool now and then; with few cores it has as few threads,
    // and adds one in half a second.
    private const int PoolThreadsMin = 16;

    public static async Task<int> RunAsync(Settings settings, Origins origins)
    {
        ThreadPool.SetMinThreads(PoolThreadsMin, PoolThreadsMin);
        try
        {
            using var signals = new Signals();
            await using var planb = await Planb.StartAsync(
                settings, Console.OpenStandardOutput(), Console.OpenStandardError());
            signals.Begin(planb);
            await signals.First;
            await planb.StopAsync(signals.Second);
            return Stopped;
        }
        catch (StartFailure e)
        {
            await Console.Error.WriteLineAsync($"planb: {origins.Reword(e.Message)}");
            return CannotStart;
        }
    }
}
