using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Host.Status.Metrics;

/// <summary>The connections of clients, as metrics.</summary>
internal sealed class ConnectionMetrics(Parts parts) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text) =>
        text.Family(MetricKind.Gauge, "planb_reverseproxy_connections_current_open",
            "The current number of open connections excluding hijacked ones.")
            .Sample(Math.Max(0, parts.OpenConnections - parts.Context.Meter.OpenTunnels));
}
