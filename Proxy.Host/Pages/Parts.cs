using Proxy.Core.Dns;
using Proxy.Core.Telemetry;
using Proxy.Http1;

namespace Proxy.Host.Pages;

/// <summary>The parts of the running proxy that pages tell about.</summary>
/// <param name="Routing">Where routes come from.</param>
/// <param name="Shared">What all connections share.</param>
/// <param name="Server">Knows the connections.</param>
/// <param name="Readiness">Whether requests should come.</param>
internal sealed record Parts(Routing Routing, Shared Shared, HttpServer Server, Readiness Readiness)
{
    /// <summary>TLS with clients; null where it is not spoken.</summary>
    public TlsMetrics? Tls { get; init; }

    /// <summary>Resolves names.</summary>
    public required NameResolver Names { get; init; }

    /// <summary>The process as the system sees it.</summary>
    public required ProcessMetrics Process { get; init; }

    /// <summary>Connections of clients that are open, those in their handshake included.</summary>
    public long OpenConnections => Server.OpenConnections + (Tls?.Unfinished ?? 0);
}
