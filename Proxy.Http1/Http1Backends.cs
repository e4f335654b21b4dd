using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Forwarding;

namespace Proxy.Http1;

/// <summary>Backends that speak HTTP/1.1.</summary>
/// <param name="requestIdHeader">Header that carries the request id; empty when there is none.</param>
/// <param name="isHipache">Adds the headers that Hipache adds.</param>
public sealed class Http1Backends(string requestIdHeader, bool isHipache) : BackendProtocol
{
    private readonly RequestWriter _writer = new(new RequestFields(new RequestIdHeader(requestIdHeader), isHipache));

    /// <inheritdoc/>
    internal override BodyWriter RequestBodyWriter => Http1BodyWriter.Instance;

    /// <inheritdoc/>
    internal override BodyReader NewResponseBodyReader() => new Http1BodyReader();

    /// <inheritdoc/>
    internal override BackendConnection NewConnection(Connection connection, BackendAddress address) =>
        new Http1BackendConnection(connection, address, _writer);
}
