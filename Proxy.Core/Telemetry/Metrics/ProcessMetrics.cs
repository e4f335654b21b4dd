using System.Diagnostics;
using System.Globalization;

namespace Proxy.Core.Telemetry.Metrics;

/// <summary>
/// What the system knows about the process, by the names that every Prometheus client uses, and what the garbage
/// collector did. Without /proc, what only it knows is left out.
/// </summary>
public sealed class ProcessMetrics : IMetricSource, IDisposable
{
    private const string Descriptors = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";
    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(1);

    private readonly double _startedAt;
    private readonly ITimer _timer;
    private int _collections;
    private long _pauseMax;

    /// <summary>Starts to sample the longest pause, once a second.</summary>
    public ProcessMetrics(TimeProvider time)
    {
        using var process = Process.GetCurrentProcess();
        _startedAt = (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        _timer = time.CreateTimer(
            static self => ((ProcessMetrics)self!).SamplePauses(), this, SamplePeriod, SamplePeriod);
    }

    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Family(MetricKind.Counter, "process_cpu_seconds_total", "User and system CPU time spent in seconds.")
            .Sample(Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Family(MetricKind.Gauge, "process_resident_memory_bytes", "Resident memory size in bytes.")
            .Sample(process.WorkingSet64);
        text.Family(MetricKind.Gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.")
            .Sample(process.VirtualMemorySize64);
        text.Family(MetricKind.Gauge, "process_start_time_seconds", "Start time since the Unix epoch in seconds.")
            .Sample(_startedAt);
        if (Directory.Exists(Descriptors)) WriteDescriptors(text);
        WriteCollector(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static void WriteDescriptors(MetricsText text)
    {
        text.Family(MetricKind.Gauge, "process_open_fds", "Number of open file descriptors.")
            .Sample(Directory.EnumerateFileSystemEntries(Descriptors).LongCount());
        if (DescriptorsMax() is not { } max) return;
        text.Family(MetricKind.Gauge, "process_max_fds", "Maximum number of open file descriptors.").Sample(max);
    }

    // "Max open files            1024                 524288               files"; no value means no limit.
    private static long? DescriptorsMax()
    {
        var line = Array.Find(
            File.ReadAllLines(Limits), line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var words = (line ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isNumber = long.TryParse(
            words.ElementAtOrDefault(3), NumberStyles.None, CultureInfo.InvariantCulture, out var soft);
        return isNumber ? soft : null;
    }

    private void WriteCollector(MetricsText text)
    {
        SamplePauses();
        text.Family(MetricKind.Counter, "planb_gc_pause_seconds_total", "Time that all threads were stopped for GC.")
            .Sample(GC.GetTotalPauseDuration().TotalSeconds);
        text.Family(MetricKind.Gauge, "planb_gc_pause_max_seconds", "The longest GC pause since the start.")
            .Sample(TimeSpan.FromTicks(Interlocked.Read(ref _pauseMax)).TotalSeconds);
        text.Family(MetricKind.Counter, "planb_gc_allocated_bytes_total", "Managed memory allocated so far.")
            .Sample(GC.GetTotalAllocatedBytes());
        text.Family(MetricKind.Counter, "planb_gc_collections_total", "Garbage collections by oldest generation.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            var older = generation < GC.MaxGeneration ? GC.CollectionCount(generation + 1) : 0;
            text.Sample(
                (long)(GC.CollectionCount(generation) - older),
                ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }

        text.Family(MetricKind.Gauge, "planb_heap_bytes", "Managed memory in use, garbage included.")
            .Sample(GC.GetTotalMemory(forceFullCollection: false));
    }

    // Only the last collection reports its pauses: of several in one second the others are missed.
    private void SamplePauses()
    {
        var collections = GC.CollectionCount(0);
        if (Interlocked.Exchange(ref _collections, collections) == collections) return;
        foreach (var pause in GC.GetGCMemoryInfo(GCKind.Any).PauseDurations)
        {
            for (var max = Interlocked.Read(ref _pauseMax); pause.Ticks > max; max = Interlocked.Read(ref _pauseMax))
                Interlocked.CompareExchange(ref _pauseMax, pause.Ticks, max);
        }
    }
}
