using System.Text;

namespace Proxy.Host.Status;

/// <summary>
/// A profile of the process: CPU of each thread, requests and turns of each event loop, memory, collections, lock
/// contention. It shows no methods: for these, <c>perf record -g -p PID</c> reads the symbols of the native program.
/// </summary>
internal sealed class Profile(StatusSource proxy)
{
    /// <summary>How long USR2 measures.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private readonly StringBuilder _text = new();

    /// <summary>Measures for the duration, or until <paramref name="stop"/>, and returns the text.</summary>
    public async Task<string> TakeAsync(TimeSpan duration, CancellationToken stop)
    {
        var (threads, first) = (ThreadTimes.Read(), ProcessSample.Take(proxy));
        Line($"planb {Environment.ProcessId}, from {DateTimeOffset.Now:yyyy-MM-dd HH:mm:ss zzz}");
        Line("per second: requests; CPU user+system of the process in %; kB allocated; lock contentions");
        var last = first;
        try
        {
            while (last.Since(first) < duration)
            {
                await Task.Delay(Step < duration ? Step : duration, stop);
                var now = ProcessSample.Take(proxy);
                WriteSecond(first, last, now);
                last = now;
            }
        }
        catch (OperationCanceledException)
        {
            Line("the process is stopping");
        }

        WriteLoops(first, last);
        WriteThreads(threads, last.Since(first).TotalSeconds);
        WriteMemory(first, last);
        return _text.ToString();
    }

    private void WriteSecond(ProcessSample first, ProcessSample before, ProcessSample now)
    {
        var seconds = now.Since(before).TotalSeconds;
        Line($"{now.Since(first).TotalSeconds,6:0.0}s {(now.Requests - before.Requests) / seconds,9:0} requests " +
            $"{100 * (now.Cpu - before.Cpu).TotalSeconds / seconds,6:0.0}% " +
            $"{(now.Allocated - before.Allocated) / 1024 / seconds,9:0} kB " +
            $"{(now.Contentions - before.Contentions) / seconds,6:0} contentions");
    }

    private void WriteLoops(ProcessSample first, ProcessSample last)
    {
        var seconds = last.Since(first).TotalSeconds;
        foreach (var (before, now) in first.Loops.Zip(last.Loops))
        {
            Line($"loop {now.Status.Index}: {(now.Requests - before.Requests) / seconds:0} requests/s, " +
                $"{unchecked((uint)(now.Status.Turns - before.Status.Turns)) / seconds:0} turns/s, " +
                $"{now.Status.Descriptors} descriptors");
        }
    }

    private void WriteThreads(IReadOnlyList<ThreadTimes> before, double seconds)
    {
        var known = before.ToDictionary(thread => thread.Id);
        Line("threads: % of one core in user and in system mode, and involuntary context switches");
        foreach (var now in ThreadTimes.Read())
        {
            var old = known.GetValueOrDefault(now.Id);
            Line($"{now.Id,8}  {now.Name,-16} user {100 * (now.User - old.User) / seconds,5:0.0}%  " +
                $"system {100 * (now.System - old.System) / seconds,5:0.0}%  switches {now.Switches - old.Switches}");
        }
    }

    private void WriteMemory(ProcessSample first, ProcessSample last)
    {
        var requests = Math.Max(1, last.Requests - first.Requests);
        Line($"allocated: {(last.Allocated - first.Allocated) >> 10} kB, " +
            $"{(last.Allocated - first.Allocated) / requests} bytes per request");
        Line($"collections: {last.Collections - first.Collections}, " +
            $"{(last.Paused - first.Paused).TotalMilliseconds:0.0} ms paused");
        Line($"pool: {ThreadPool.ThreadCount} threads, {last.Works - first.Works} work items completed");
        Line($"lock contentions: {last.Contentions - first.Contentions}");
    }

    private void Line(string line) => _text.Append(line).Append('\n');
}
