using Proxy.Core;

namespace Proxy.Http1;

/// <summary>
/// Who ended an exchange and when, in a word: what comes first is whose doing it was, what follows is when, where both
/// are possible before and in the middle of the answer.
/// </summary>
internal static class ExchangeEnd
{
    /// <summary>The word for an exchange that is over.</summary>
    public static ReadOnlySpan<byte> Of(Exchange exchange) => exchange.Failure switch
    {
        Failure.None => "ok"u8,
        Failure.NoRoute => "no_route"u8,
        Failure.AllBackendsDead => "all_dead"u8,
        Failure.RoutesUnavailable => "routes_unavailable"u8,
        Failure.BackendUnreachable or Failure.BackendSchemeUnsupported or Failure.BackendCertificateInvalid =>
            "connect_failed"u8,
        Failure.BackendNameUnresolved => "name_unresolved"u8,
        Failure.OutOfConnections or Failure.OutOfPorts => "out_of_connections"u8,
        Failure.BackendDialTimeout => "timeout_connect"u8,
        Failure.BackendResponseTimeout => "timeout_backend"u8,
        Failure.BackendClosed => "backend_reset"u8,
        Failure.BackendTruncated => "backend_reset_in_answer"u8,
        Failure.BackendGarbled => "backend_garbled"u8,
        Failure.ClientBodyTimeout => "timeout_client_in_request"u8,
        Failure.Stopped => "drained"u8,
        Failure.ClientGone => OfClientGone(exchange),
        _ => "bad_request"u8,
    };

    private static ReadOnlySpan<byte> OfClientGone(Exchange exchange) =>
        exchange.Client.IsWriteOverdue ? "timeout_client_in_answer"u8
            : exchange.IsAnswered ? "client_gone_in_answer"u8
            : "client_gone"u8;
}
