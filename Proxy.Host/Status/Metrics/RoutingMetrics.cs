using Proxy.Core.Telemetry.Metrics;
using Proxy.Host.Wiring;

namespace Proxy.Host.Status.Metrics;

/// <summary>Routes and dead backends, as metrics.</summary>
internal sealed class RoutingMetrics(RoutingServices routing) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        var router = routing.Router;
        var census = router.Summarize(namedMax: 0);
        text.Family(MetricKind.Counter, "planb_router_backend_markdead_total",
            "The total number of backend mark dead occurencies.").Sample(router.Markings);
        text.Family(MetricKind.Gauge, "planb_backends_dead", "Backends of hosts in memory that are out of service.")
            .Sample((long)census.Dead);
        text.Family(MetricKind.Gauge, "planb_backends_probed", "Dead backends that this node probes.")
            .Sample((long)(routing.Monitor?.Watches ?? 0));
        text.Family(MetricKind.Counter, "planb_dead_backend_trials_total",
            "Requests sent to a dead backend because its host had no other.").Sample(router.Trials);
        text.Family(MetricKind.Gauge, "planb_routes_cached", "Hosts whose route is in memory.")
            .Sample((long)router.Routes);
        text.Family(MetricKind.Gauge, "planb_hosts_unknown", "Hosts in memory that have no route.")
            .Sample((long)router.UnknownHosts);
        text.Family(MetricKind.Gauge, "planb_routes_invalid",
            "Hosts whose list has an entry that is not a backend URL.").Sample((long)census.Invalid);
        text.Family(MetricKind.Gauge, "planb_routes_staleness_seconds",
            "How long route changes have not arrived; 0 while they do.")
            .Sample(router.Staleness.TotalSeconds);
    }
}
