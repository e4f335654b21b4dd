using Proxy.Core.Tls.Handshake;
using Proxy.Core.Transport;
using Proxy.Http;

namespace Proxy.Host.Status;

/// <summary>The parts of the running proxy that USR1 and USR2 tell about.</summary>
/// <param name="Transport">Has the event loops.</param>
/// <param name="Context">What all connections share.</param>
/// <param name="Deadlines">Has the clock of connections.</param>
internal sealed record Sighted(ITransport Transport, ProxyContext Context, Deadlines Deadlines)
{
    /// <summary>Shakes hands with clients; null where there is no TLS.</summary>
    public TlsAcceptor? Tls { get; init; }
}
