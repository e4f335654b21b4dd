using Proxy.Core.Dns;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Host.Service;
using Proxy.Host.Status.Metrics;
using Proxy.Host.Wiring;
using Proxy.Http;

namespace Proxy.Host.Status;

/// <summary>The parts of the running proxy that pages tell about.</summary>
/// <param name="Routing">Where routes come from.</param>
/// <param name="Context">What all connections share.</param>
/// <param name="Readiness">Whether requests should come.</param>
internal sealed record Parts(RoutingServices Routing, ProxyContext Context, ReadinessCheck Readiness)
{
    /// <summary>TLS with clients; null where it is not spoken.</summary>
    public TlsMetrics? Tls { get; init; }

    /// <summary>Resolves names.</summary>
    public required NameResolver Names { get; init; }

    /// <summary>The process as the system sees it.</summary>
    public required ProcessMetrics Process { get; init; }

    /// <summary>Connections of clients that are open, those in their handshake included.</summary>
    public long OpenConnections => Context.Connections.Count + (Tls?.PendingHandshakeCount ?? 0);
}
