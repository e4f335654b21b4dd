using System.Runtime.InteropServices;
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
            using var signals = new StopSignals();
            await using var planb = await Planb.StartAsync(
                settings, Console.OpenStandardOutput(), Console.OpenStandardError());
            using var reopen = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                planb.Reread();
            });
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

    /// <summary>INT and TERM: the first asks to stop, the second to stop at once.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _second = new();
        private readonly PosixSignalRegistration _interrupt;
        private readonly PosixSignalRegistration _terminate;

        public StopSignals()
        {
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        }

        public Task First => _first.Task;

        public CancellationToken Second => _second.Token;

        public void Dispose()
        {
            _interrupt.Dispose();
            _terminate.Dispose();
            _second.Dispose();
        }

        private void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            if (!_first.TrySetResult()) _second.Cancel();
        }
    }
}
