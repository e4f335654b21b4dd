using Proxy.Http.Clients;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>Where Hipache 0.4 differs from planb, for those who start with <c>--hipache</c>.</summary>
internal static class Hipache
{
    /// <summary>Bytes of the fields that are added to a request or a response at most.</summary>
    public const int AddedBytesMax = 512;

    /// <summary>A status that takes its backend out: 501 to 599, but not a 503 that says when to come again.</summary>
    public static bool MarksDead(ResponseHead response) =>
        response.Status is > 500 and < 600 && !(response.Status == 503 && response.Has("Retry-After"u8));

    /// <summary>X-Debug, with any value, asks for the routing to be told.</summary>
    public static bool IsDebug(RequestHead request) => request.Has("X-Debug"u8);

    /// <summary>The fields that tell a backend about the client, each unless the client sent it.</summary>
    public static void WriteRequestFields<T>(ref T writer, Exchange exchange)
        where T : IFieldWriter, allows ref struct
    {
        var request = exchange.Request;
        var isTls = exchange.Client.IsEncrypted;
        if (!HasClaim(request, "X-Real-IP"u8))
        {
            writer.BeginField("X-Real-IP"u8);
            var client = ForwardedClient.Of(exchange);
            if (!client.Contains((byte)':')) writer.Append("::ffff:"u8);
            writer.Append(client);
            writer.EndField();
        }

        if (!HasClaim(request, "X-Forwarded-Protocol"u8))
            writer.Field("X-Forwarded-Protocol"u8, isTls ? "https"u8 : "http"u8);
        if (!HasClaim(request, "X-Forwarded-Port"u8)) writer.Field("X-Forwarded-Port"u8, isTls ? 443 : 80);
    }

    // What is not believed is not passed on either.
    private static bool HasClaim(RequestHead request, ReadOnlySpan<byte> name) =>
        !request.IsDistrusted && request.Has(name);

    /// <summary>How the request was routed and how long it took, in milliseconds.</summary>
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
