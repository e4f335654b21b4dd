using System.IO.Pipelines;
using Proxy.Core;
using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Backends;
using Proxy.Http.Clients;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>An HTTP/1.1 connection to a backend, with one exchange at a time (RFC 9112 §9.3).</summary>
internal sealed class Http1BackendConnection(Connection connection, BackendAddress address, RequestWriter writer)
    : BackendConnection(connection, address)
{
    /// <inheritdoc/>
    public override void WriteHead(Exchange exchange) => writer.Write(Connection, exchange, Address);

    /// <inheritdoc/>
    public override Failure? TakeHead(Exchange exchange, in ReadResult read)
    {
        exchange.HasResponseBytes |= !read.Buffer.IsEmpty;
        var rejection = HeadReader.TakeResponse(
            Connection.Input, read.Buffer, exchange.Request.Method, exchange.Response, out var isWhole);
        if (rejection != Rejection.None)
            return Fail(exchange, Failure.BackendInvalidResponse, RejectionText.Of(rejection, exchange.Response));
        exchange.HasResponseHead |= isWhole;
        if (isWhole) return Failure.None;
        return read.IsCompleted ? Fail(exchange, Failure.BackendClosed, "EOF") : null;
    }
}
