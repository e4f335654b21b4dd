using System.Text;
using Proxy.Core;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>A response that the proxy generates.</summary>
/// <param name="Status">The status code.</param>
/// <param name="StatusAndReason">Status code and reason phrase as sent in the status line.</param>
/// <param name="Body">Plain text; may be empty.</param>
/// <param name="Allow">The value of the Allow header; null for none.</param>
internal readonly record struct Answer(int Status, byte[] StatusAndReason, byte[] Body, string? Allow = null);

/// <summary>The responses to failures. Only this class maps a failure to a status code.</summary>
internal static class FailureAnswers
{
    /// <summary>The response to <c>__ping__</c> when routes can be served.</summary>
    public static readonly Answer Ok = Make(200, "OK", "OK");

    /// <summary>The response to OPTIONS addressed to the proxy itself; it has no body.</summary>
    public static readonly Answer EmptyOk = Make(200, "OK", "");

    /// <summary>The response to CONNECT, and to a TRACE that may not be forwarded any further.</summary>
    public static readonly Answer MethodNotAllowed =
        Make(405, "Method Not Allowed", "405 Method Not Allowed") with
        {
            Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        };

    private static readonly Answer BadRequest = Make(400, "Bad Request", "400 Bad Request");
    private static readonly Answer NoRoute = Make(400, "Bad Request", "no such route");
    private static readonly Answer TargetTooLong = Make(414, "URI Too Long", "414 URI Too Long");
    private static readonly Answer AllBackendsDead = Make(503, "Service Unavailable", "all backends are dead");
    private static readonly Answer BadGateway = Make(502, "Bad Gateway", "502 Bad Gateway");
    private static readonly Answer Unavailable = Make(503, "Service Unavailable", "");

    private static readonly Answer HeadTooLarge =
        Make(431, "Request Header Fields Too Large", "431 Request Header Fields Too Large");

    private static readonly Answer VersionNotSupported =
        Make(505, "HTTP Version Not Supported", "505 HTTP Version Not Supported");

    /// <summary>Returns the response to a failure. Hipache uses 502 where the Go planb uses 503.</summary>
    public static Answer For(Failure failure, bool isHipache)
    {
        var answer = For(failure);
        return isHipache && answer.Status == 503 ? BadGateway : answer;
    }

    // Status and body of the 400 and 503 responses are the Go planb's contract.
    private static Answer For(Failure failure) => failure switch
    {
        Failure.BadRequest or Failure.ClientHeadTimeout => BadRequest,
        Failure.HeadTooLarge => HeadTooLarge,
        Failure.TargetTooLong => TargetTooLong,
        Failure.VersionNotSupported => VersionNotSupported,
        Failure.MethodNotAllowed => MethodNotAllowed,
        Failure.NoRoute => NoRoute,
        Failure.AllBackendsDead => AllBackendsDead,
        _ => Unavailable,
    };

    /// <summary>Returns whether no response is sent, because the client cannot receive it.</summary>
    public static bool IsSilent(Failure failure) => failure is Failure.ClientGone or Failure.ClientBodyTimeout;

    /// <summary>
    /// Returns the response to <c>__ping__</c> when routes cannot be served: the reason, as in the Go planb.
    /// </summary>
    public static Answer PingFailed(string reason) => Make(500, "Internal Server Error", reason);

    /// <summary>Returns the failure that corresponds to a rejected message.</summary>
    public static Failure Of(Rejection rejection) => rejection switch
    {
        Rejection.None => Failure.None,
        Rejection.HeadTooLarge or Rejection.TooManyFields => Failure.HeadTooLarge,
        Rejection.TargetTooLong => Failure.TargetTooLong,
        Rejection.UnknownVersion => Failure.VersionNotSupported,
        _ => Failure.BadRequest,
    };

    private static Answer Make(int status, string reason, string body) =>
        new(status, Encoding.ASCII.GetBytes($"{status} {reason}"), Encoding.UTF8.GetBytes(body));
}
