namespace Proxy.Benchmarks.Harness.Load;

/// <summary>The result of one run of the load generator.</summary>
internal sealed record LoadResult
{
    /// <summary>Answered requests that became due in the measured time.</summary>
    public required long Requests { get; init; }

    /// <summary>Requests without the expected answer, those before the measured time included.</summary>
    public required long Failures { get; init; }

    /// <summary>The first failure; empty if there was none.</summary>
    public required string FirstFailure { get; init; }

    /// <summary>Latencies from the due time, as <see cref="Statistics.LatencyHistogram"/> writes them.</summary>
    public required string Histogram { get; init; }

    /// <summary>Processor time of the loaded process in nanoseconds a request, user and system, at the rate.</summary>
    public required double? ProcessorTime { get; init; }

    /// <summary>The same while requests were sent as fast as they were answered.</summary>
    public required double? BusyProcessorTime { get; init; }

    /// <summary>Share of one core that the generator used itself.</summary>
    public required double OwnShare { get; init; }

    /// <summary>Share of requests that the generator itself sent more than 100 us after they were due.</summary>
    public required double LateShare { get; init; }

    /// <summary>Share of requests that had to wait because all connections were busy.</summary>
    public required double QueuedShare { get; init; }
}
