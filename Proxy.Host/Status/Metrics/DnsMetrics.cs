using Proxy.Core.Dns;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Host.Status.Metrics;

/// <summary>DNS lookups, as metrics.</summary>
internal sealed class DnsMetrics(NameResolver names) : IMetricSource
{
    private static readonly (NameOutcome Outcome, string Text)[] Outcomes =
        [.. Enum.GetValues<NameOutcome>().Select(outcome => (outcome, TextOf(outcome)))];

    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        text.Family(MetricKind.Counter, "planb_dns_lookups_total", "DNS lookups, by outcome.");
        foreach (var (outcome, name) in Outcomes) text.Sample(names.LookupsWith(outcome), ("outcome", name));
        text.Family(MetricKind.Histogram, "planb_dns_lookup_duration_seconds",
            "How long DNS lookups took, failed ones included.").Sample(names.Durations.Reading);
        text.Family(MetricKind.Gauge, "planb_dns_lookups_in_flight", "DNS lookups in flight.")
            .Sample((long)names.LookupsInFlight);
        text.Family(MetricKind.Gauge, "planb_dns_names_cached", "Names that are cached with their answer.")
            .Sample((long)names.NamesCached);
    }

    private static string TextOf(NameOutcome outcome) => outcome switch
    {
        NameOutcome.Found => "found",
        NameOutcome.NoSuchName => "no_such_name",
        NameOutcome.NoAnswer => "no_answer",
        NameOutcome.Failed => "server_failure",
        _ => "too_many",
    };
}
