using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Forwarding;

namespace Proxy.Http1;

/// <summary>The use of HTTP/1.1 with backends.</summary>
/// <param name="requestIdHeader">Name of the header that carries the request id; empty for none.</param>
/// <param name="isHipache">Whether to add the headers of Hipache.</param>
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
