using Proxy.Core.Dns;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Host.Status.Metrics;

/// <summary>Look-ups of names, as metrics.</summary>
internal sealed class DnsMetrics(NameResolver names) : IMetricSource
{
    private static readonly (NameOutcome Outcome, string Text)[] Outcomes =
        [.. Enum.GetValues<NameOutcome>().Select(outcome => (outcome, TextOf(outcome)))];

    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        text.Family(MetricKind.Counter, "planb_dns_lookups_total", "Look-ups of names, by outcome.");
        foreach (var (outcome, name) in Outcomes) text.Sample(names.LookupsWith(outcome), ("outcome", name));
        text.Family(MetricKind.Histogram, "planb_dns_lookup_duration_seconds",
            "How long look-ups of names took, those that failed included.").Sample(names.Durations.Reading);
        text.Family(MetricKind.Gauge, "planb_dns_lookups_in_flight", "Look-ups of names that are running.")
            .Sample((long)names.LookupsInFlight);
        text.Family(MetricKind.Gauge, "planb_dns_names_cached", "Names whose answer is in memory.")
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
