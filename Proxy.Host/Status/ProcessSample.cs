using System.Diagnostics;
using Proxy.Core.Transport;

namespace Proxy.Host.Status;

/// <summary>Counters of the process at one moment. Two samples show what happened between them.</summary>
internal sealed record ProcessSample
{
    private readonly long _timestamp = Stopwatch.GetTimestamp();

    public required IReadOnlyList<(LoopStatus Status, long Requests)> Loops { get; init; }

    public required long Requests { get; init; }

    public TimeSpan Cpu { get; } = Environment.CpuUsage.TotalTime;

    public long Allocated { get; } = GC.GetTotalAllocatedBytes();

    public int Collections { get; } = GC.CollectionCount(0);

    public TimeSpan Paused { get; } = GC.GetTotalPauseDuration();

    public long Contentions { get; } = Monitor.LockContentionCount;

    public long Works { get; } = ThreadPool.CompletedWorkItemCount;

    public static ProcessSample Take(StatusSource proxy)
    {
        var meter = proxy.Context.Meter;
        return new ProcessSample
        {
            Loops = [.. proxy.Transport.GetLoopStatus().Select(loop => (loop, meter.BegunAt(loop.Index)))],
            Requests = meter.Begun,
        };
    }

    public TimeSpan Since(ProcessSample earlier) => Stopwatch.GetElapsedTime(earlier._timestamp, _timestamp);
}
