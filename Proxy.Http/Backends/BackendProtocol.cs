using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Forwarding;

namespace Proxy.Http.Backends;

/// <summary>
/// What an exchange needs of the version of HTTP that a backend uses: connections that read and write its heads, and
/// the framing of its bodies.
/// </summary>
public abstract class BackendProtocol
{
    /// <summary>Writes the framing of request bodies.</summary>
    internal abstract BodyWriter RequestBodyWriter { get; }

    /// <summary>Makes a reader of the framing of response bodies, for one exchange at a time.</summary>
    internal abstract BodyReader NewResponseBodyReader();

    /// <summary>Makes a connection of this version of HTTP out of one that has just been opened.</summary>
    internal abstract BackendConnection NewConnection(Connection connection, BackendAddress address);
}
