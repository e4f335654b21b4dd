using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>A writer of HTTP/1.1 request heads for backends (RFC 9112 §3).</summary>
internal sealed class RequestWriter(RequestFields fields)
{
    /// <summary>Writes the request head to the backend's output; the next flush sends it.</summary>
    public void Write(Connection backend, Exchange exchange, BackendAddress address)
    {
        var request = exchange.Request;
        var writer = new HeadWriter(backend.Output, fields.BytesMax(request, address));
        WriteRequestLine(ref writer, request);
        fields.WriteReceived(ref writer, exchange, address);
        if (exchange.RequestPlan.IsSentChunked()) writer.Field("Transfer-Encoding"u8, "chunked"u8);
        if (request.WantsUpgrade) writer.Field("Connection"u8, "Upgrade"u8);
        fields.WriteAdded(ref writer, exchange, address);
        writer.End();
    }

    // An absolute target is sent in origin form, or as * for OPTIONS on the whole server.
    // RFC 9112 §3.2.1, §3.2.4
    private static void WriteRequestLine(ref HeadWriter writer, RequestHead request)
    {
        var path = request[request.PathAndQuery];
        writer.Write(request[request.MethodText]);
        writer.Write(" "u8);
        var isWholeServer = request.Form == TargetForm.Absolute && path.IsEmpty && request.Method == Method.Options;
        if (isWholeServer) writer.Write("*"u8);
        else if (path.IsEmpty || path[0] == '?') writer.Write("/"u8);
        writer.Write(path);
        writer.Write(" HTTP/1.1\r\n"u8);
    }
}
