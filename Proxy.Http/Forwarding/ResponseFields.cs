using Proxy.Core.Routing;
using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>Selects the response headers for a client, and adds the proxy's own.</summary>
internal sealed class ResponseFields(DateField date, bool isHipache = false)
{
    private const int AddedBytesMax = 512 + Hipache.AddedBytesMax;

    /// <summary>Returns the maximum number of bytes that the proxy adds to a response head.</summary>
    public int AddedBytes(Exchange exchange) => DebugBytes(exchange) + AddedBytesMax;

    /// <summary>Writes the received headers that are forwarded.</summary>
    public static void WriteReceived<T>(ref T writer, ResponseHead response, BodyPlan plan)
        where T : IFieldWriter, allows ref struct
    {
        foreach (ref var field in response.Fields)
        {
            if (IsForwarded(response, field, plan)) writer.Field(response, field);
        }
    }

    /// <summary>Writes Date, which a response must have (RFC 9110 §6.6.1).</summary>
    public void WriteDate<T>(ref T writer)
        where T : IFieldWriter, allows ref struct => writer.Field("Date"u8, date.Value);

    /// <summary>
    /// Writes the debug headers with the chosen route and backend, if the client requested them with X-Debug-Router
    /// (the Go planb's contract); on errors too.
    /// </summary>
    public void WriteDebug<T>(ref T writer, Exchange exchange)
        where T : IFieldWriter, allows ref struct
    {
        if (isHipache && Hipache.IsDebug(exchange.Request)) Hipache.WriteDebug(ref writer, exchange);
        if (!exchange.IsDebug) return;
        var (backend, route) = (exchange.Choice.Backend, exchange.Choice.Route);
        writer.Field("X-Debug-Backend-Url"u8, backend?.Url ?? "");
        WriteNumber(ref writer, "X-Debug-Backend-Id"u8, backend?.Index);
        writer.Field("X-Debug-Frontend-Key"u8, route?.Frontend ?? "");
    }

    /// <summary>Writes a number, or an empty value for null, because 0 is a valid number.</summary>
    public static void WriteNumber<T>(ref T writer, ReadOnlySpan<byte> name, long? value)
        where T : IFieldWriter, allows ref struct
    {
        if (value is { } number) writer.Field(name, number);
        else writer.Field(name, ReadOnlySpan<byte>.Empty);
    }

    private static bool IsForwarded(ResponseHead response, in Field field, BodyPlan plan)
    {
        if (field.IsNamedByConnection) return false;
        return field.Known switch
        {
            FieldName.Other => true,
            FieldName.Upgrade => response.Status is 101 or 426,
            FieldName.Trailer => plan == BodyPlan.Chunked,
            FieldName.ContentLength => MayHaveLength(response) && IsOnlyLength(response, field),
            _ => !FieldNames.IsHopByHop(field.Known),
        };
    }

    // No length where there can be no content, or together with a transfer coding.                   RFC 9110 §8.6
    private static bool MayHaveLength(ResponseHead response) =>
        response.Status >= 200 && response.Status != 204 && !response.Has(FieldName.TransferEncoding);

    // Equal lengths in several fields become one.                                                    RFC 9110 §8.6
    private static bool IsOnlyLength(ResponseHead response, in Field field) =>
        !response.HasMany(FieldName.ContentLength) || field.Value == response.ValueOf(FieldName.ContentLength);

    // Each value twice, when both kinds of debug headers are requested, with up to three bytes per character.
    private int DebugBytes(Exchange exchange) => exchange.IsDebug || isHipache
        ? 6 * ((exchange.Choice.Backend?.Url.Length ?? 0) + NameLengths(exchange.Choice.Route)) + 128
        : 0;

    private static int NameLengths(Route? route) => route is null ? 0 : route.Frontend.Length + route.Id.Length;
}
