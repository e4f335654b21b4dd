using System.Runtime.InteropServices;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Http.Telemetry;
using Proxy.Http.Telemetry.AccessLogs;

namespace Proxy.Host.Status.Metrics;

/// <summary>All metrics of the proxy, in the order of the page.</summary>
internal static class ProxyMetrics
{
    /// <summary>Returns the sources of all metrics.</summary>
    public static IReadOnlyList<IMetricSource> Of(StatusSource proxy, ProcessMetrics process)
    {
        var context = proxy.Context;
        IMetricSource?[] sources =
        [
            new ConnectionMetrics(proxy),
            new ExchangeMetrics(context.Meter),
            new RoutingMetrics(proxy.Routing),
            proxy.Routing.Redis is { } redis ? new RedisMetrics(redis) : null,
            new PoolMetrics(context.Pool),
            new DnsMetrics(proxy.Names),
            proxy is { TlsAcceptor: { } acceptor, Certificates: { } certificates }
                ? new TlsMetrics(acceptor, certificates)
                : null,
            new LogMetrics(context.AccessLog, context.ErrorLog),
            new BuildMetrics(),
            process,
        ];
        return [.. sources.OfType<IMetricSource>()];
    }
}

/// <summary>The connections of clients, as metrics.</summary>
internal sealed class ConnectionMetrics(StatusSource proxy) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text) =>
        text.Family(MetricKind.Gauge, "planb_reverseproxy_connections_current_open",
            "The current number of open connections excluding hijacked ones.")
            .Sample(Math.Max(0, proxy.OpenConnections - proxy.Context.Meter.OpenTunnels));
}

/// <summary>Lines of the logs that could not be written, as metrics.</summary>
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

/// <summary>The version of this build, as a metric.</summary>
internal sealed class BuildMetrics : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text) =>
        text.Family(MetricKind.Gauge, "planb_build_info", "Always 1; the labels identify the build.").Sample(
            1L,
            ("version", BuildVersion.Number), ("commit", BuildVersion.Commit),
            ("runtime", RuntimeInformation.FrameworkDescription));
}
