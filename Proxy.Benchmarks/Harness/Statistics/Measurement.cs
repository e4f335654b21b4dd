using System.Text.Json.Serialization;

namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>One round of one build in one scenario. An unavailable figure is null.</summary>
internal sealed record Measurement
{
    public required long Requests { get; init; }

    public required long Failures { get; init; }

    public required string FirstFailure { get; init; }

    /// <summary>
    /// Processor time of the proxy, user and system, in microseconds a request, while requests come as fast as they are
    /// answered: what a busy proxy needs, and the figure that other work on the machine disturbs least.
    /// </summary>
    public required double? BusyCpuMicroseconds { get; init; }

    /// <summary>The same at the rate of the scenario, at which a proxy mostly sleeps and wakes.</summary>
    public required double? CpuMicroseconds { get; init; }

    /// <summary>Latencies from the time a request was due, as <see cref="LatencyHistogram"/> writes them.</summary>
    public required string Histogram { get; init; }

    /// <summary>The proxy's memory at the end of the round.</summary>
    public required double? ResidentBytes { get; init; }

    /// <summary>Managed memory that the proxy allocated, in bytes a request.</summary>
    public required double? AllocatedBytes { get; init; }

    public required double GeneratorShare { get; init; }

    public required double LateShare { get; init; }

    public required double QueuedShare { get; init; }

    [JsonIgnore]
    public LatencyHistogram Latencies => _latencies ??= LatencyHistogram.Decode(Histogram);

    private LatencyHistogram? _latencies;
}
