namespace Proxy.Core.Telemetry.Metrics;

/// <summary>What a metric's number means.</summary>
public enum MetricKind
{
    /// <summary>Only grows, from 0 at the start.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Durations in buckets.</summary>
    Histogram,
}
