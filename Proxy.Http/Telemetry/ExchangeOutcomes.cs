using Proxy.Core;
using Proxy.Http.Clients;

namespace Proxy.Http.Telemetry;

/// <summary>
/// The mapping from failures to outcomes, and from outcomes to names. A name starts with the responsible side and, if
/// the failure can happen before or during the response, ends with when it happened.
/// </summary>
internal static class ExchangeOutcomes
{
    /// <summary>Returns the outcome of an exchange that is over.</summary>
    public static ExchangeOutcome Of(Exchange exchange) => Of(exchange, exchange.Failure);

    /// <summary>Returns the outcome of an exchange that ends with that failure.</summary>
    public static ExchangeOutcome Of(Exchange exchange, Failure failure) => failure != Failure.ClientGone ? Of(failure)
        : exchange.Client.IsWriteOverdue ? ExchangeOutcome.TimeoutClientInResponse
        : exchange.IsAnswered ? ExchangeOutcome.ClientGoneInResponse
        : ExchangeOutcome.ClientGone;

    /// <summary>Returns the outcome of a failure before the response began.</summary>
    public static ExchangeOutcome Of(Failure failure) => failure switch
    {
        Failure.None => ExchangeOutcome.Ok,
        Failure.BadRequest or Failure.VersionNotSupported or Failure.MethodNotAllowed => ExchangeOutcome.BadRequest,
        Failure.HeadTooLarge or Failure.TargetTooLong => ExchangeOutcome.TooLarge,
        Failure.ClientHeadTimeout or Failure.ClientBodyTimeout => ExchangeOutcome.TimeoutClientInRequest,
        Failure.ClientGone => ExchangeOutcome.ClientGone,
        Failure.NoRoute => ExchangeOutcome.NoRoute,
        Failure.AllBackendsDead => ExchangeOutcome.AllDead,
        Failure.RoutesUnavailable => ExchangeOutcome.RoutesUnavailable,
        Failure.BackendSchemeUnsupported => ExchangeOutcome.BadBackend,
        Failure.BackendUnreachable => ExchangeOutcome.ConnectFailed,
        Failure.BackendNameUnresolved => ExchangeOutcome.NameUnresolved,
        Failure.OutOfConnections or Failure.OutOfPorts => ExchangeOutcome.OutOfConnections,
        Failure.BackendDialTimeout => ExchangeOutcome.TimeoutConnect,
        Failure.BackendCertificateInvalid => ExchangeOutcome.BadCertificate,
        Failure.TlsUnavailable => ExchangeOutcome.TlsUnavailable,
        Failure.BackendResponseTimeout => ExchangeOutcome.TimeoutBackend,
        Failure.BackendClosed => ExchangeOutcome.BackendReset,
        Failure.BackendInvalidResponse => ExchangeOutcome.BackendInvalidResponse,
        Failure.BackendTruncated => ExchangeOutcome.BackendResetInResponse,
        Failure.Stopped => ExchangeOutcome.Drained,
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "A failure without an outcome."),
    };

    /// <summary>Returns the name of an outcome, in ASCII.</summary>
    public static ReadOnlySpan<byte> NameOf(ExchangeOutcome outcome) => outcome switch
    {
        ExchangeOutcome.Ok => "ok"u8,
        ExchangeOutcome.BadRequest => "bad_request"u8,
        ExchangeOutcome.TooLarge => "too_large"u8,
        ExchangeOutcome.TimeoutClientInRequest => "timeout_client_in_request"u8,
        ExchangeOutcome.TimeoutClientInResponse => "timeout_client_in_response"u8,
        ExchangeOutcome.ClientGone => "client_gone"u8,
        ExchangeOutcome.ClientGoneInResponse => "client_gone_in_response"u8,
        ExchangeOutcome.NoRoute => "no_route"u8,
        ExchangeOutcome.AllDead => "all_dead"u8,
        ExchangeOutcome.RoutesUnavailable => "routes_unavailable"u8,
        ExchangeOutcome.BadBackend => "bad_backend"u8,
        ExchangeOutcome.NameUnresolved => "name_unresolved"u8,
        ExchangeOutcome.ConnectFailed => "connect_failed"u8,
        ExchangeOutcome.TimeoutConnect => "timeout_connect"u8,
        ExchangeOutcome.BadCertificate => "bad_certificate"u8,
        ExchangeOutcome.TlsUnavailable => "tls_unavailable"u8,
        ExchangeOutcome.OutOfConnections => "out_of_connections"u8,
        ExchangeOutcome.TimeoutBackend => "timeout_backend"u8,
        ExchangeOutcome.BackendReset => "backend_reset"u8,
        ExchangeOutcome.BackendResetInResponse => "backend_reset_in_response"u8,
        ExchangeOutcome.BackendInvalidResponse => "backend_invalid_response"u8,
        ExchangeOutcome.Drained => "drained"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An outcome without a name."),
    };
}
