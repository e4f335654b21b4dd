using Proxy.Core.Routing;
using Proxy.Core.Transport;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>Writes the head of a request in HTTP/1.1 (RFC 9112 §3) for a backend.</summary>
internal sealed class RequestWriter(RequestFields fields)
{
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

    // An absolute target reaches the backend in origin form, or as * for the server as a whole.
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
