namespace Proxy.Core;

/// <summary>
/// What went wrong with an exchange, named by cause and side. Status codes and bodies are derived from this value
/// alone, in one place.
/// </summary>
public enum Failure
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>The client's message is malformed or ambiguous (RFC 9112); nothing after it can be trusted.</summary>
    BadRequest,

    /// <summary>The request line and fields exceed their bounds.</summary>
    HeadTooLarge,

    /// <summary>The request target exceeds its bound.</summary>
    TargetTooLong,

    /// <summary>The client speaks a version other than HTTP/1.0 and HTTP/1.1.</summary>
    VersionNotSupported,

    /// <summary>CONNECT: this is not a forward proxy.</summary>
    MethodNotAllowed,

    /// <summary>The client did not send its request head in time.</summary>
    ClientHeadTimeout,

    /// <summary>The client stopped sending the body of its request for longer than allowed.</summary>
    ClientBodyTimeout,

    /// <summary>The client closed or reset the connection before its exchange was over.</summary>
    ClientGone,

    /// <summary>No backends are registered for the host.</summary>
    NoRoute,

    /// <summary>All backends of the host are marked dead.</summary>
    AllBackendsDead,

    /// <summary>The routes could not be read.</summary>
    RoutesUnavailable,

    /// <summary>The backend's URL has a scheme that is not supported.</summary>
    BackendSchemeUnsupported,

    /// <summary>The backend refused the connection or is unreachable.</summary>
    BackendUnreachable,

    /// <summary>
    /// The backend's name does not exist or could not be resolved in time; nothing is known about the backend.
    /// </summary>
    BackendNameUnresolved,

    /// <summary>
    /// This machine has no descriptor or memory for a further connection; nothing is known about the backend.
    /// </summary>
    OutOfConnections,

    /// <summary>This machine has no free port for that address; nothing is known about the backend.</summary>
    OutOfPorts,

    /// <summary>The connection to the backend was not established in time.</summary>
    BackendDialTimeout,

    /// <summary>
    /// The backend's certificate is not trusted: to be corrected by its operator, never a reason to mark it.
    /// </summary>
    BackendCertificateInvalid,

    /// <summary>
    /// The backend requires TLS, and this machine has no TLS library; nothing is known about the backend.
    /// </summary>
    TlsUnavailable,

    /// <summary>The head of the backend's response did not arrive in time.</summary>
    BackendResponseTimeout,

    /// <summary>The backend closed the connection before it answered.</summary>
    BackendClosed,

    /// <summary>The backend's response is not HTTP/1.1.</summary>
    BackendInvalidResponse,

    /// <summary>The backend's response ended before it was complete, after part of it had been forwarded.</summary>
    BackendTruncated,

    /// <summary>The proxy stopped before the exchange was over.</summary>
    Stopped,
}
