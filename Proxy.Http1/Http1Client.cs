using System.Buffers;
using Proxy.Http.Clients;
using Proxy.Http.Forwarding;
using Proxy.Http.Messages;

namespace Proxy.Http1;

/// <summary>The use of HTTP/1.1 with clients, or HTTP/1.0 for a client of that version (RFC 9112 §4).</summary>
internal sealed class Http1Client(ResponseFields fields) : ClientProtocol
{
    /// <inheritdoc/>
    public override BodyWriter ResponseBodyWriter => Http1BodyWriter.Instance;

    /// <inheritdoc/>
    public override BodyReader NewRequestBodyReader() => new Http1BodyReader();

    /// <inheritdoc/>
    public override bool TryWriteInterim(Exchange exchange)
    {
        // HTTP/1.0 has no interim responses.                                                         RFC 9110 §15.2
        if (exchange.Request.Version == ProtocolVersion.Http10) return false;
        var response = exchange.Response;
        var writer = new HeadWriter(exchange.Client.Output, response.Bytes.Length + fields.AddedBytes(exchange));
        WriteStatusLine(ref writer, response, ProtocolVersion.Http11);
        ResponseFields.WriteReceived(ref writer, response, BodyPlan.None);
        writer.End();
        return true;
    }

    /// <inheritdoc/>
    public override void WriteHead(Exchange exchange, bool isKeptAlive)
    {
        var (request, response, plan) = (exchange.Request, exchange.Response, exchange.ResponsePlan);
        var writer = new HeadWriter(exchange.Client.Output, response.Bytes.Length + fields.AddedBytes(exchange));
        WriteStatusLine(ref writer, response, request.Version);
        ResponseFields.WriteReceived(ref writer, response, plan);
        if (!response.Has(FieldName.Date)) fields.WriteDate(ref writer);
        if (plan.IsSentChunked()) writer.Field("Transfer-Encoding"u8, "chunked"u8);
        if (SendsUpgrade(response)) writer.Field("Connection"u8, "Upgrade"u8);
        WriteConnection(ref writer, request, isKeptAlive);
        fields.WriteDebug(ref writer, exchange);
        writer.End();
    }

    /// <inheritdoc/>
    public override void WriteSwitch(Exchange exchange)
    {
        var response = exchange.Response;
        var writer = new HeadWriter(exchange.Client.Output, response.Bytes.Length + fields.AddedBytes(exchange));
        WriteStatusLine(ref writer, response, ProtocolVersion.Http11);
        ResponseFields.WriteReceived(ref writer, response, BodyPlan.None);
        writer.Field("Connection"u8, "Upgrade"u8);
        fields.WriteDebug(ref writer, exchange);
        writer.End();
    }

    /// <inheritdoc/>
    public override void WriteAnswer(Exchange exchange, in Answer answer, bool isKeptAlive)
    {
        var request = exchange.Request;
        var output = exchange.Client.Output;
        var writer = new HeadWriter(output, answer.Body.Length + fields.AddedBytes(exchange));
        var isOldClient = !request.MethodText.IsEmpty && request.Version == ProtocolVersion.Http10;
        writer.Write(isOldClient ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8);
        writer.Write(answer.StatusAndReason);
        writer.Write("\r\n"u8);
        if (answer.Body.Length > 0) writer.Field("Content-Type"u8, "text/plain; charset=utf-8"u8);
        if (answer.Allow is { } methods) writer.Field("Allow"u8, methods);
        writer.Field("Content-Length"u8, answer.Body.Length);
        fields.WriteDate(ref writer);
        WriteConnection(ref writer, request, isKeptAlive);
        fields.WriteDebug(ref writer, exchange);
        writer.End();
        if (request.Method != Method.Head) output.Write(answer.Body);
    }

    private static void WriteStatusLine(ref HeadWriter writer, ResponseHead response, ProtocolVersion version)
    {
        writer.Write(version == ProtocolVersion.Http10 ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8);
        writer.Write(response[response.StatusAndReason]);
        writer.Write(response.StatusAndReason.Length == 3 ? " \r\n"u8 : "\r\n"u8);
    }

    // Upgrade is hop-by-hop, so Connection has to list it.                                           RFC 9110 §7.8
    private static bool SendsUpgrade(ResponseHead response) =>
        response.Status == 426 && response.Has(FieldName.Upgrade);

    private static void WriteConnection(ref HeadWriter writer, RequestHead request, bool isKeptAlive)
    {
        if (!isKeptAlive) writer.Field("Connection"u8, "close"u8);
        else if (request.Version == ProtocolVersion.Http10) writer.Field("Connection"u8, "keep-alive"u8);
    }
}
