using Proxy.Core.Telemetry.Metrics;
using Proxy.Http.Backends;

namespace Proxy.Http.Telemetry;

/// <summary>The metrics of the connections to backends.</summary>
/// <param name="pool">Provides the counts.</param>
public sealed class PoolMetrics(BackendPool pool) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        var idle = pool.IdleCount;
        text.Family(MetricKind.Gauge, "planb_backend_connections", "Connections to backends, idle or in use.")
            .Sample((long)idle, ("state", "idle"))
            .Sample(Math.Max(0, pool.OpenCount - idle), ("state", "active"));
        text.Family(MetricKind.Counter, "planb_backend_connections_opened_total", "Connections made to backends.")
            .Sample(pool.OpenedCount);
    }
}
