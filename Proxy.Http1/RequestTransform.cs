using System.IO.Pipelines;
using System.Text;
using Proxy.Core.Routing;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>
/// Writes a request's head as the backend gets it: the fields as received and in their order, without those that
/// belong to the client's connection, with the forwarding fields of Hipache and planb behind them.
/// </summary>
internal sealed class RequestTransform(string requestIdHeader, bool isHipache = false)
{
    // What the proxy adds at most, beyond copies of what the head itself holds.
    private const int AddedBytesMax = 512 + Hipache.AddedBytesMax;

    private readonly byte[] _requestIdHeader = Encoding.ASCII.GetBytes(requestIdHeader);

    /// <summary>The configured name of the request id field; empty when there is none.</summary>
    public ReadOnlySpan<byte> RequestIdHeader => _requestIdHeader;

    /// <summary>The id the client sent, or the one that was made; empty when none is configured.</summary>
    public ReadOnlySpan<byte> RequestIdOf(Exchange exchange)
    {
        if (_requestIdHeader.Length == 0) return default;
        if (exchange.RequestIdLength > 0) return exchange.RequestId;
        foreach (ref var field in exchange.Request.Fields)
        {
            if (IsRequestId(exchange.Request, field)) return exchange.Request[field.Value];
        }

        return default;
    }

    /// <summary>Makes an id when one is wanted and the client sent none.</summary>
    public void EnsureRequestId(Exchange exchange)
    {
        if (_requestIdHeader.Length > 0 && RequestIdOf(exchange).IsEmpty) exchange.MakeRequestId();
    }

    public void Write(PipeWriter output, Exchange exchange, BackendAddress backend)
    {
        var request = exchange.Request;
        var bound = (3 * (request.Bytes.Length + backend.Host.Length)) + _requestIdHeader.Length + AddedBytesMax;
        var writer = new HeadWriter(output, bound);
        WriteRequestLine(ref writer, request);
        if (!request.Has(FieldName.Host)) WriteHost(ref writer, request, backend);
        foreach (ref var field in request.Fields)
        {
            if (field.Known == FieldName.Host) WriteHost(ref writer, request, backend);
            else if (IsPassedOn(exchange, field, backend)) WriteField(ref writer, request, field);
        }

        if (exchange.RequestPlan.IsSentChunked()) writer.Field("Transfer-Encoding"u8, "chunked"u8);
        if (request.WantsUpgrade) writer.Field("Connection"u8, "Upgrade"u8);
        if (AcceptsTrailers(request)) writer.Field("TE"u8, "trailers"u8);
        WriteForwardedFor(ref writer, exchange);
        if (!HasForwardedProto(request)) writer.Write(ForwardedProto(exchange));
        if (backend.Ip is null)
        {
            writer.Field("X-Host"u8, request[request.Host]);
            writer.Field("X-Forwarded-Host"u8, request[request.Host]);
        }

        if (isHipache) Hipache.WriteRequestFields(ref writer, exchange);
        if (exchange.RequestIdLength > 0) writer.Field(_requestIdHeader, exchange.RequestId);
        writer.End();
    }

    private static ReadOnlySpan<byte> ForwardedProto(Exchange exchange) =>
        exchange.Client.IsEncrypted ? "X-Forwarded-Proto: https\r\n"u8 : "X-Forwarded-Proto: http\r\n"u8;

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

    // One hop less is left behind this one.                                                      RFC 9110 §7.6.2
    private static void WriteField(ref HeadWriter writer, RequestHead request, in Field field)
    {
        if (field.Known == FieldName.MaxForwards && request.MaxForwards is { } left)
            writer.Field(request[field.Name], left - 1);
        else writer.Field(request, field);
    }

    // The contract of planb: a backend known by name gets its own name, one known by address the client's Host.
    private static void WriteHost(ref HeadWriter writer, RequestHead request, BackendAddress backend)
    {
        if (backend.Ip is null) writer.Field("Host"u8, backend.Host);
        else writer.Field("Host"u8, request[request.Host]);
    }

    private bool IsPassedOn(Exchange exchange, in Field field, BackendAddress backend)
    {
        if (field.IsNamedByConnection) return false;
        if (exchange.Request.IsDistrusted && FieldNames.IsClaim(exchange.Request[field.Name])) return false;
        return field.Known switch
        {
            FieldName.Other => !FieldNames.IsDisguised(exchange.Request[field.Name]) &&
                (exchange.RequestIdLength == 0 || !IsRequestId(exchange.Request, field)),
            FieldName.Upgrade => exchange.Request.WantsUpgrade,
            FieldName.Trailer => exchange.RequestPlan == BodyPlan.Chunked,
            FieldName.XDebugRouter or FieldName.XForwardedFor => false,
            FieldName.XForwardedProto => HasForwardedProto(exchange.Request),
            FieldName.XHost or FieldName.XForwardedHost => backend.Ip is not null,
            FieldName.Expect => exchange.Request.Version != ProtocolVersion.Http10,
            _ => !FieldNames.IsHopByHop(field.Known),
        };
    }

    private static bool HasForwardedProto(RequestHead request)
    {
        if (request.IsDistrusted || !request.Has(FieldName.XForwardedProto)) return false;
        foreach (ref var field in request.Fields)
        {
            if (field.Known == FieldName.XForwardedProto && !field.IsNamedByConnection) return !field.Value.IsEmpty;
        }

        return false;
    }

    // X-Forwarded-For = what came, joined, if it is believed, and the peer's address
    private static void WriteForwardedFor(ref HeadWriter writer, Exchange exchange)
    {
        writer.Write("X-Forwarded-For: "u8);
        WriteForwarders(ref writer, exchange.Request);
        writer.Write(exchange.ClientInfo.Address);
        writer.Write("\r\n"u8);
    }

    private static void WriteForwarders(ref HeadWriter writer, RequestHead request)
    {
        if (request.IsDistrusted || !request.Has(FieldName.XForwardedFor)) return;
        foreach (ref var field in request.Fields)
        {
            if (field.Known != FieldName.XForwardedFor || field.IsNamedByConnection || field.Value.IsEmpty) continue;
            writer.Write(request[field.Value]);
            writer.Write(", "u8);
        }
    }

    // TE goes from hop to hop, but that the client takes trailers is worth telling the backend.     RFC 9110 §10.1.4
    private static bool AcceptsTrailers(RequestHead request)
    {
        if (!request.Has(FieldName.Te)) return false;
        foreach (ref var field in request.Fields)
        {
            if (field.Known != FieldName.Te) continue;
            var rest = request[field.Value];
            while (ListElement.TryNext(ref rest, out var coding))
            {
                if (Ascii.EqualsIgnoreCase(coding, "trailers"u8)) return true;
            }
        }

        return false;
    }

    private bool IsRequestId(RequestHead request, in Field field) =>
        field.Known == FieldName.Other && !field.IsNamedByConnection &&
        Ascii.EqualsIgnoreCase(request[field.Name], _requestIdHeader);
}
