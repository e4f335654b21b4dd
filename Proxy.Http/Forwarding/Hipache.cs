using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>The differences of Hipache 0.4 from the Go planb, enabled by <c>--hipache</c>.</summary>
internal static class Hipache
{
    /// <summary>Maximum number of bytes of the headers added to a request or a response.</summary>
    public const int AddedBytesMax = 512;

    /// <summary>
    /// Returns whether a response marks its backend dead: status 501 to 599, except 503 with Retry-After.
    /// </summary>
    public static bool MarksDead(ResponseHead response) =>
        response.Status is > 500 and < 600 && !(response.Status == 503 && response.Has("Retry-After"u8));

    /// <summary>Returns whether the client requested debug headers with X-Debug, whatever its value.</summary>
    public static bool IsDebug(RequestHead request) => request.Has("X-Debug"u8);

    /// <summary>Writes the headers that describe the client, each unless a trusted client sent it.</summary>
    public static void WriteRequestFields<T>(ref T writer, Exchange exchange)
        where T : IFieldWriter, allows ref struct
    {
        var request = exchange.Request;
        var isTls = exchange.Client.IsEncrypted;
        if (!HasTrusted(request, "X-Real-IP"u8))
        {
            writer.BeginField("X-Real-IP"u8);
            var client = ForwardedClient.Of(exchange);
            if (!client.Contains((byte)':')) writer.Append("::ffff:"u8);
            writer.Append(client);
            writer.EndField();
        }

        if (!HasTrusted(request, "X-Forwarded-Protocol"u8))
            writer.Field("X-Forwarded-Protocol"u8, isTls ? "https"u8 : "http"u8);
        if (!HasTrusted(request, "X-Forwarded-Port"u8)) writer.Field("X-Forwarded-Port"u8, isTls ? 443 : 80);
    }

    // Headers of untrusted clients are not forwarded, so they are written again.
    private static bool HasTrusted(RequestHead request, ReadOnlySpan<byte> name) =>
        !request.IsUntrusted && request.Has(name);

    /// <summary>Writes the debug headers: how the request was routed, and its times in milliseconds.</summary>
    public static void WriteDebug<T>(ref T writer, Exchange exchange)
        where T : IFieldWriter, allows ref struct
    {
        var (backend, route) = (exchange.Choice.Backend, exchange.Choice.Route);
        writer.Field("x-debug-version-hipache"u8, "planb"u8);
        writer.Field("x-debug-backend-url"u8, backend?.Url ?? "");
        ResponseFields.WriteNumber(ref writer, "x-debug-backend-id"u8, backend?.Index);
        writer.Field("x-debug-vhost"u8, route?.Id ?? "");
        writer.Field("x-debug-frontend-key"u8, route?.Frontend ?? "");
        writer.Field("x-debug-time-total"u8, (long)exchange.Timing.TotalTime.TotalMilliseconds);
        writer.Field("x-debug-time-backend"u8, (long)exchange.Timing.BackendTime.TotalMilliseconds);
    }
}
