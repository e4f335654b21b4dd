using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Host.Status.Metrics;

/// <summary>What the logs lost, as metrics.</summary>
internal sealed class LogMetrics(AccessLog accesses, ErrorLog errors) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        text.Family(MetricKind.Counter, "planb_log_lines_dropped_total", "Lines that could not be written.")
            .Sample(accesses.Dropped, ("log", "access"))
            .Sample(errors.Dropped, ("log", "error"));
        text.Family(MetricKind.Counter, "planb_log_write_failures_total", "Writes to the access log that failed.")
            .Sample(accesses.Failures);
    }
}
