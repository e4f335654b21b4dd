namespace Proxy.Http.Telemetry;

/// <summary>
/// How an exchange ended. Each outcome has one name (<see cref="ExchangeOutcomes.NameOf"/>): <c>outcome</c> in the JSON
/// log, in parentheses in the error log, <c>reason</c> in metrics; docs/operations.md explains them.
/// </summary>
internal enum ExchangeOutcome
{
    /// <summary>The response was forwarded completely.</summary>
    Ok,

    /// <summary>The request is malformed or ambiguous, of another version, or CONNECT.</summary>
    BadRequest,

    /// <summary>The request's target or head is too large.</summary>
    TooLarge,

    /// <summary>The client took too long to send its request.</summary>
    TimeoutClientInRequest,

    /// <summary>The client took too long to receive the response.</summary>
    TimeoutClientInResponse,

    /// <summary>The client disconnected before the response began.</summary>
    ClientGone,

    /// <summary>The client disconnected during the response.</summary>
    ClientGoneInResponse,

    /// <summary>No route for the host has a backend.</summary>
    NoRoute,

    /// <summary>All backends of the host are marked dead.</summary>
    AllDead,

    /// <summary>The routes could not be read, and none are known for the host.</summary>
    RoutesUnavailable,

    /// <summary>The backend's URL has a scheme that is not supported.</summary>
    BadBackend,

    /// <summary>The backend's name does not exist or could not be resolved in time.</summary>
    NameUnresolved,

    /// <summary>The backend refused the connection or cannot be reached.</summary>
    ConnectFailed,

    /// <summary>The backend did not accept the connection in time.</summary>
    TimeoutConnect,

    /// <summary>The backend's certificate is not valid.</summary>
    BadCertificate,

    /// <summary>The backend's URL is https, and OpenSSL is missing on this machine.</summary>
    TlsUnavailable,

    /// <summary>PlanB could not open another connection.</summary>
    OutOfConnections,

    /// <summary>The backend did not send its response head in time.</summary>
    TimeoutBackend,

    /// <summary>The backend closed the connection before it sent a response.</summary>
    BackendReset,

    /// <summary>The backend closed the connection before its response was complete.</summary>
    BackendResetInResponse,

    /// <summary>The backend's response is not valid HTTP/1.1.</summary>
    BackendInvalidResponse,

    /// <summary>PlanB shut down, and the drain limit expired.</summary>
    Drained,
}
