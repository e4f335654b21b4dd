using System.Text;
using Proxy.Core.Routing;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Selects the request headers for a backend: those received, in their order, without the hop-by-hop ones, followed by
/// the forwarding headers of Hipache and the Go planb.
/// </summary>
internal sealed class RequestFields(RequestIdHeader requestId, bool isHipache = false)
{
    // Maximum number of bytes that the proxy adds, apart from copies of the head's own bytes.
    private const int AddedBytesMax = 512 + Hipache.AddedBytesMax;

    /// <summary>Returns the maximum number of bytes of the request head for a backend.</summary>
    public int BytesMax(RequestHead request, BackendAddress backend) =>
        (3 * (request.Bytes.Length + backend.Host.Length)) + requestId.Name.Length + AddedBytesMax;

    /// <summary>Writes the received headers that are forwarded, and Host.</summary>
    public void WriteReceived<T>(ref T writer, Exchange exchange, BackendAddress backend)
        where T : IFieldWriter, allows ref struct
    {
        var request = exchange.Request;
        if (!request.Has(FieldName.Host)) WriteHost(ref writer, request, backend);
        foreach (ref var field in request.Fields)
        {
            if (field.Known == FieldName.Host) WriteHost(ref writer, request, backend);
            else if (IsForwarded(exchange, field, backend)) WriteField(ref writer, request, field);
        }
    }

    /// <summary>Writes the headers that the proxy adds.</summary>
    public void WriteAdded<T>(ref T writer, Exchange exchange, BackendAddress backend)
        where T : IFieldWriter, allows ref struct
    {
        var request = exchange.Request;
        if (AcceptsTrailers(request)) writer.Field("TE"u8, "trailers"u8);
        WriteForwardedFor(ref writer, exchange);
        if (!HasForwardedProto(request))
            writer.Field("X-Forwarded-Proto"u8, exchange.Client.IsEncrypted ? "https"u8 : "http"u8);
        if (backend.Ip is null)
        {
            writer.Field("X-Host"u8, request[request.Host]);
            writer.Field("X-Forwarded-Host"u8, request[request.Host]);
        }

        if (isHipache) Hipache.WriteRequestFields(ref writer, exchange);
        if (exchange.RequestIdLength > 0) writer.Field(requestId.Name, exchange.RequestId);
    }

    // Max-Forwards is the number of remaining hops.                                               RFC 9110 §7.6.2
    private static void WriteField<T>(ref T writer, RequestHead request, in Field field)
        where T : IFieldWriter, allows ref struct
    {
        if (field.Known == FieldName.MaxForwards && request.MaxForwards is { } left)
            writer.Field(request[field.Name], left - 1);
        else writer.Field(request, field);
    }

    // The contract of the Go planb: a backend with a host name receives that name, one with an IP address receives the
    // client's Host.
    private static void WriteHost<T>(ref T writer, RequestHead request, BackendAddress backend)
        where T : IFieldWriter, allows ref struct
    {
        if (backend.Ip is null) writer.Field("Host"u8, backend.Host);
        else writer.Field("Host"u8, request[request.Host]);
    }

    private bool IsForwarded(Exchange exchange, in Field field, BackendAddress backend)
    {
        if (field.IsNamedByConnection) return false;
        if (exchange.Request.IsUntrusted && FieldNames.IsForwardingField(exchange.Request[field.Name])) return false;
        return field.Known switch
        {
            FieldName.Other => !FieldNames.IsUnderscoreAlias(exchange.Request[field.Name]) &&
                (exchange.RequestIdLength == 0 || !requestId.Is(exchange.Request, field)),
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
        if (request.IsUntrusted || !request.Has(FieldName.XForwardedProto)) return false;
        foreach (ref var field in request.Fields)
        {
            if (field.Known == FieldName.XForwardedProto && !field.IsNamedByConnection) return !field.Value.IsEmpty;
        }

        return false;
    }

    // X-Forwarded-For = the received values, joined, if the client is trusted, followed by the peer's address
    private static void WriteForwardedFor<T>(ref T writer, Exchange exchange)
        where T : IFieldWriter, allows ref struct
    {
        writer.BeginField("X-Forwarded-For"u8);
        WriteForwarders(ref writer, exchange.Request);
        writer.Append(exchange.ClientInfo.Address);
        writer.EndField();
    }

    private static void WriteForwarders<T>(ref T writer, RequestHead request)
        where T : IFieldWriter, allows ref struct
    {
        if (request.IsUntrusted || !request.Has(FieldName.XForwardedFor)) return;
        foreach (ref var field in request.Fields)
        {
            if (field.Known != FieldName.XForwardedFor || field.IsNamedByConnection || field.Value.IsEmpty) continue;
            writer.Append(request[field.Value]);
            writer.Append(", "u8);
        }
    }

    // TE is hop-by-hop, but the backend should know that the client accepts trailers.               RFC 9110 §10.1.4
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
}
