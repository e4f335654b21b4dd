namespace Proxy.Core;

/// <summary>
/// What went wrong with an exchange, named by cause and side. Status codes and bodies are decided elsewhere, in one
/// place, from this alone.
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

    /// <summary>The client went away before its exchange was over.</summary>
    ClientGone,

    /// <summary>No backends are registered for the host.</summary>
    NoRoute,

    /// <summary>All backends of the host are marked dead.</summary>
    AllBackendsDead,

    /// <summary>The routes could not be read.</summary>
    RoutesUnavailable,

    /// <summary>The backend's URL has a scheme that cannot be spoken.</summary>
    BackendSchemeUnsupported,

    /// <summary>The backend refused the connection or is unreachable.</summary>
    BackendUnreachable,

    /// <summary>
    /// The backend's name does not exist or could not be resolved in time; nothing is known about the backend.
    /// </summary>
    BackendNameUnresolved,

    /// <summary>Here is no descriptor or memory for one more connection; nothing is known about the backend.</summary>
    OutOfConnections,

    /// <summary>Here is no port for one more connection to that address; nothing is known about the backend.</summary>
    OutOfPorts,

    /// <summary>The connection to the backend was not established in time.</summary>
    BackendDialTimeout,

    /// <summary>The backend's certificate is not to be trusted: its operator's business, no sign of death.</summary>
    BackendCertificateInvalid,

    /// <summary>No TLS is possible on this machine, and the backend wants it; nothing is known about it.</summary>
    TlsUnavailable,

    /// <summary>The head of the backend's response did not come in time.</summary>
    BackendResponseTimeout,

    /// <summary>The backend closed the connection before it answered.</summary>
    BackendClosed,

    /// <summary>What the backend answered is not HTTP/1.1.</summary>
    BackendInvalidResponse,

    /// <summary>The backend's response ended before it was complete, when part of it had been passed on.</summary>
    BackendTruncated,

    /// <summary>The proxy stopped, and would not wait for it any longer.</summary>
    Stopped,
}
