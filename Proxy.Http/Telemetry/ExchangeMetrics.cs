using System.Text;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Http.Messages;

namespace Proxy.Http.Telemetry;

/// <summary>The metrics of an <see cref="ExchangeMeter"/>.</summary>
/// <param name="meter">Provides the counts.</param>
public sealed class ExchangeMetrics(ExchangeMeter meter) : IMetricSource
{
    private static readonly string[] Protocols = ["HTTP/1.0", "HTTP/1.1"];

    private static readonly (Method Method, string Name)[] Methods =
    [
        .. from method in Enum.GetValues<Method>()
           select (method, method == Method.Other ? "_OTHER" : method.ToString().ToUpperInvariant()),
    ];

    private static readonly (RouteLookup Lookup, string Result)[] Lookups =
    [
        .. from lookup in Enum.GetValues<RouteLookup>()
           where lookup != RouteLookup.None
           select (lookup, lookup.ToString().ToLowerInvariant()),
    ];

    private static readonly (string Reason, ExchangeOutcome Outcome)[] Reasons =
    [
        .. from outcome in Enum.GetValues<ExchangeOutcome>()
           where outcome != ExchangeOutcome.Ok
           let reason = Encoding.ASCII.GetString(ExchangeOutcomes.NameOf(outcome))
           orderby reason
           select (reason, outcome),
    ];

    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        WriteGoMetrics(text);
        WriteRequests(text);
        WriteErrors(text);
        WriteTunnels(text);
        meter.Hosts?.WriteTo(text);
    }

    // Names, help texts (sic) and buckets are the Go planb's contract.
    private void WriteGoMetrics(MetricsText text)
    {
        text.Family(MetricKind.Histogram, "planb_reverseproxy_http_request_duration_seconds",
            "The total HTTP request latencies in seconds.").Sample(meter.Total);
        text.Family(MetricKind.Histogram, "planb_reverseproxy_backend_request_duration_seconds",
            "The backends HTTP request latencies in seconds.").Sample(meter.Backend);
        text.Family(MetricKind.Counter, "planb_reverseproxy_backends_responses_total",
            "The total backends responses by status code.");
        for (var status = ExchangeMeter.StatusMin; status <= ExchangeMeter.StatusMax; status++)
            if (meter.Answers(status) is > 0 and var count) text.Sample(count, ("status_code", TextOf(status)));
    }

    private void WriteRequests(MetricsText text)
    {
        text.Family(MetricKind.Counter, "planb_requests_total", "Requests by status code, method and protocol.");
        for (var status = ExchangeMeter.StatusMin; status <= ExchangeMeter.StatusMax; status++)
            WriteRequests(text, status);
        text.Family(MetricKind.Gauge, "planb_requests_in_flight", "Requests in progress.")
            .Sample(meter.InFlight);
        text.Family(MetricKind.Counter, "planb_request_bytes_total", "Bytes of request bodies, without framing.")
            .Sample(meter.Sum(ExchangeCounter.RequestBytes));
        text.Family(MetricKind.Counter, "planb_response_bytes_total", "Bytes of response bodies, without framing.")
            .Sample(meter.Sum(ExchangeCounter.ResponseBytes));
        text.Family(MetricKind.Histogram, "planb_overhead_seconds",
            "Time that PlanB adds to a request, without waits for the backend and for large bodies.")
            .Sample(meter.Own);
    }

    private void WriteRequests(MetricsText text, int status)
    {
        foreach (var (method, name) in Methods)
        {
            for (var version = 0; version < Protocols.Length; version++)
            {
                if (meter.Requests(status, method, (ProtocolVersion)version) is not (> 0 and var count)) continue;
                text.Sample(count, ("code", TextOf(status)), ("method", name), ("protocol", Protocols[version]));
            }
        }
    }

    private void WriteErrors(MetricsText text)
    {
        text.Family(MetricKind.Counter, "planb_errors_total", "Exchanges that failed, by reason.");
        foreach (var (reason, outcome) in Reasons) text.Sample(meter.Sum(outcome), ("reason", reason));
        text.Family(MetricKind.Counter, "planb_retries_total", "Retries on another backend or a new connection.")
            .Sample(meter.Sum(ExchangeCounter.RetriesOnOtherBackend), ("reason", "connect_failed"))
            .Sample(meter.Sum(ExchangeCounter.RetriesOnNewConnection), ("reason", "reused_connection"));
        text.Family(MetricKind.Counter, "planb_route_lookups_total", "Route lookups by result.");
        foreach (var (lookup, result) in Lookups) text.Sample(meter.Sum(lookup), ("result", result));
    }

    private void WriteTunnels(MetricsText text)
    {
        text.Family(MetricKind.Gauge, "planb_tunnels_open", "Upgraded connections that are open.")
            .Sample(meter.OpenTunnels);
        text.Family(MetricKind.Counter, "planb_tunnels_opened_total", "Connections that were upgraded.")
            .Sample(meter.Sum(ExchangeCounter.TunnelsBegun));
        text.Family(MetricKind.Histogram, "planb_tunnel_duration_seconds", "How long upgraded connections lasted.")
            .Sample(meter.Tunnel);
        text.Family(MetricKind.Counter, "planb_tunnel_bytes_total", "Bytes through upgraded connections.")
            .Sample(meter.Sum(ExchangeCounter.TunnelBytesToBackends), ("direction", "to_backend"))
            .Sample(meter.Sum(ExchangeCounter.TunnelBytesToClients), ("direction", "to_client"));
    }

    private static string TextOf(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
