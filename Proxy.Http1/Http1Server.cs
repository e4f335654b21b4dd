using Proxy.Core.Transport;
using Proxy.Http;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Telemetry;

namespace Proxy.Http1;

/// <summary>The server for HTTP/1.1 clients.</summary>
public sealed class Http1Server
{
    private readonly ProxyContext _context;
    private readonly Forwarder _forwarder;
    private readonly ExchangePool _exchanges;
    private readonly LingeringClose _closing;

    /// <summary>Creates a server.</summary>
    public Http1Server(ProxyContext context)
    {
        _context = context;
        _forwarder = new Forwarder(context, new ExchangeLog(context));
        _exchanges = new ExchangePool(context, new Http1Client(context.ResponseFields));
        _closing = new LingeringClose(context.Deadlines, context.LingerTime);
    }

    /// <summary>Serves one connection until it closes, and disposes it.</summary>
    public Task ServeAsync(Connection client)
    {
        var connection = new ClientConnection(client, _context, _forwarder, _exchanges, _closing);
        _context.Connections.Add(connection);
        return connection.RunAsync();
    }
}
