using System.Buffers;
using System.IO.Pipelines;
using Proxy.Core.Routing;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>Writes a response's head as the client gets it, and the answers that the proxy gives itself.</summary>
internal sealed class ResponseTransform(DateField date, bool isHipache = false)
{
    private const int AddedBytesMax = 512 + Hipache.AddedBytesMax;

    /// <summary>The head of the backend's final response, for a body that goes out in that mode.</summary>
    public void Write(Exchange exchange, bool isKeptAlive)
    {
        var (request, response) = (exchange.Request, exchange.Response);
        var bound = response.Bytes.Length + DebugBytes(exchange) + AddedBytesMax;
        var writer = new HeadWriter(exchange.Client.Output, bound);
        WriteStatusLine(ref writer, response, request.Version);
        WriteFields(ref writer, response, exchange.ResponsePlan);
        if (!response.Has(FieldName.Date)) writer.Field("Date"u8, date.Value);
        if (exchange.ResponsePlan.IsSentChunked()) writer.Field("Transfer-Encoding"u8, "chunked"u8);
        if (SendsUpgrade(response)) writer.Field("Connection"u8, "Upgrade"u8);
        WriteConnection(ref writer, request, isKeptAlive);
        WriteDebug(ref writer, exchange);
        writer.End();
    }

    /// <summary>A 1xx head, for clients of HTTP/1.1 alone (RFC 9110 §15.2).</summary>
    public static void WriteInterim(PipeWriter output, ResponseHead response)
    {
        var writer = new HeadWriter(output, response.Bytes.Length + AddedBytesMax);
        WriteStatusLine(ref writer, response, ProtocolVersion.Http11);
        WriteFields(ref writer, response, BodyPlan.None);
        writer.End();
    }

    /// <summary>The head after which both sides speak another protocol.</summary>
    public void WriteSwitch(Exchange exchange)
    {
        var response = exchange.Response;
        var writer = new HeadWriter(
            exchange.Client.Output, response.Bytes.Length + DebugBytes(exchange) + AddedBytesMax);
        WriteStatusLine(ref writer, response, ProtocolVersion.Http11);
        WriteFields(ref writer, response, BodyPlan.None);
        writer.Field("Connection"u8, "Upgrade"u8);
        WriteDebug(ref writer, exchange);
        writer.End();
    }

    /// <summary>An answer of the proxy's own, head and body.</summary>
    public void WriteAnswer(Exchange exchange, in Answer answer, bool isKeptAlive)
    {
        var request = exchange.Request;
        var output = exchange.Client.Output;
        var writer = new HeadWriter(output, answer.Body.Length + DebugBytes(exchange) + AddedBytesMax);
        writer.Write(request.MethodText.IsEmpty || request.Version != ProtocolVersion.Http10 ? "HTTP/1.1 "u8 : "HTTP/1.0 "u8);
        writer.Write(answer.StatusAndReason);
        writer.Write("\r\n"u8);
        if (answer.Body.Length > 0) writer.Field("Content-Type"u8, "text/plain; charset=utf-8"u8);
        writer.Write(answer.Fields);
        writer.Field("Content-Length"u8, answer.Body.Length);
        writer.Field("Date"u8, date.Value);
        WriteConnection(ref writer, request, isKeptAlive);
        WriteDebug(ref writer, exchange);
        writer.End();
        if (request.Method != Method.Head) output.Write(answer.Body);
    }

    private static void WriteStatusLine(ref HeadWriter writer, ResponseHead response, ProtocolVersion version)
    {
        writer.Write(version == ProtocolVersion.Http10 ? "HTTP/1.0 "u8 : "HTTP/1.1 "u8);
        writer.Write(response[response.StatusAndReason]);
        writer.Write(response.StatusAndReason.Length == 3 ? " \r\n"u8 : "\r\n"u8);
    }

    private static void WriteFields(ref HeadWriter writer, ResponseHead response, BodyPlan plan)
    {
        foreach (ref var field in response.Fields)
        {
            if (IsPassedOn(response, field, plan)) writer.Field(response, field);
        }
    }

    private static bool IsPassedOn(ResponseHead response, in Field field, BodyPlan plan)
    {
        if (field.IsNamedByConnection) return false;
        return field.Known switch
        {
            FieldName.Other => true,
            FieldName.Upgrade => response.Status is 101 or 426,
            FieldName.Trailer => plan == BodyPlan.Chunked,
            FieldName.ContentLength => MayTellLength(response) && IsOnlyLength(response, field),
            _ => !FieldNames.IsHopByHop(field.Known),
        };
    }

    // Upgrade is for the next one alone, and Connection has to say so.                               RFC 9110 §7.8
    private static bool SendsUpgrade(ResponseHead response) =>
        response.Status == 426 && response.Has(FieldName.Upgrade);

    // No length where there can be no content, nor beside a transfer coding.                         RFC 9110 §8.6
    private static bool MayTellLength(ResponseHead response) =>
        response.Status >= 200 && response.Status != 204 && !response.Has(FieldName.TransferEncoding);

    // Equal lengths in several fields become one.                                                    RFC 9110 §8.6
    private static bool IsOnlyLength(ResponseHead response, in Field field) =>
        !response.HasMany(FieldName.ContentLength) || field.Value == response.ValueOf(FieldName.ContentLength);

    private static void WriteConnection(ref HeadWriter writer, RequestHead request, bool isKeptAlive)
    {
        if (!isKeptAlive) writer.Field("Connection"u8, "close"u8);
        else if (request.Version == ProtocolVersion.Http10) writer.Field("Connection"u8, "keep-alive"u8);
    }

    // Each of them twice, when both kinds of debugging are asked for, and up to three bytes a character.
    private int DebugBytes(Exchange exchange) => exchange.IsDebug || isHipache
        ? 6 * ((exchange.Choice.Backend?.Url.Length ?? 0) + NameLengths(exchange.Choice.Route)) + 128
        : 0;

    private static int NameLengths(Route? route) => route is null ? 0 : route.Frontend.Length + route.Id.Length;

    // X-Debug-Router, planb's contract: how the request was routed, on errors too.
    private void WriteDebug(ref HeadWriter writer, Exchange exchange)
    {
        if (isHipache && Hipache.IsDebug(exchange.Request)) Hipache.WriteDebug(ref writer, exchange);
        if (!exchange.IsDebug) return;
        var (backend, route) = (exchange.Choice.Backend, exchange.Choice.Route);
        writer.Field("X-Debug-Backend-Url"u8, backend?.Url ?? "");
        writer.FieldOrEmpty("X-Debug-Backend-Id"u8, backend?.Index);
        writer.Field("X-Debug-Frontend-Key"u8, route?.Frontend ?? "");
    }
}
