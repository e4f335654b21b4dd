using System.Globalization;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Host.Status.Metrics;

/// <summary>TLS with clients, as metrics.</summary>
internal sealed class TlsMetrics(TlsAcceptor acceptor, CertificateCache certificates) : IMetricSource
{
    /// <inheritdoc/>
    public void WriteTo(MetricsText text)
    {
        var counts = acceptor.Counts;
        text.Family(MetricKind.Counter, "planb_tls_handshakes_total",
            "Handshakes with clients, by TLS version and by whether a session was resumed.");
        foreach (var version in Enum.GetValues<HandshakeVersion>())
        {
            text.Sample(counts[version, false], ("version", NameOf(version)), ("resumed", "false"));
            text.Sample(counts[version, true], ("version", NameOf(version)), ("resumed", "true"));
        }

        text.Family(MetricKind.Counter, "planb_tls_handshake_errors_total", "Handshakes with clients that failed.");
        foreach (var failure in Enum.GetValues<HandshakeFailure>())
            text.Sample(counts[failure], ("reason", ReasonOf(failure)));
        text.Family(MetricKind.Gauge, "planb_tls_certificate_not_after_timestamp_seconds",
            "When the cached certificates that expire first expire, since the Unix epoch in seconds.");
        foreach (var (rank, (_, expiry)) in certificates.FirstToExpire(ProxyStatus.CertificatesMax).Index())
        {
            text.Sample(
                (expiry - DateTime.UnixEpoch).TotalSeconds,
                ("rank", (rank + 1).ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static string NameOf(HandshakeVersion version) => version switch
    {
        HandshakeVersion.Tls13 => "1.3",
        HandshakeVersion.Tls12 => "1.2",
        _ => "older",
    };

    private static string ReasonOf(HandshakeFailure failure) => failure switch
    {
        HandshakeFailure.NoCertificate => "no_certificate",
        HandshakeFailure.NotTls => "not_tls",
        HandshakeFailure.Timeout => "timeout",
        HandshakeFailure.ClientGone => "client_gone",
        HandshakeFailure.TooMany => "too_many",
        _ => "protocol",
    };
}
