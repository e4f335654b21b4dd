using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Forwarding;

namespace Proxy.Http.Backends;

/// <summary>
/// The version of HTTP used with a backend: connections that read and write its heads, and the framing of its bodies.
/// </summary>
public abstract class BackendProtocol
{
    /// <summary>Writes the framing of request bodies.</summary>
    internal abstract BodyWriter RequestBodyWriter { get; }

    /// <summary>Creates a reader for the framing of response bodies; it serves one exchange at a time.</summary>
    internal abstract BodyReader NewResponseBodyReader();

    /// <summary>Wraps a connection that has just been opened.</summary>
    internal abstract BackendConnection NewConnection(Connection connection, BackendAddress address);
}
