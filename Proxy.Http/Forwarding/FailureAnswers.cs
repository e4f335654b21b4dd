using System.Text;
using Proxy.Core;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>What the proxy itself answers.</summary>
/// <param name="Status">The status code.</param>
/// <param name="StatusAndReason">Code and reason phrase as on the wire.</param>
/// <param name="Body">Plain text, may be empty.</param>
/// <param name="Allow">The value of the Allow header; null for none.</param>
internal readonly record struct Answer(int Status, byte[] StatusAndReason, byte[] Body, string? Allow = null);

/// <summary>The only place where something that went wrong becomes a status code.</summary>
internal static class FailureAnswers
{
    /// <summary>The answer to a look at the proxy's own health, and to <c>OPTIONS *</c> without its text.</summary>
    public static readonly Answer Ok = Make(200, "OK", "OK");

    public static readonly Answer NoContentToSay = Make(200, "OK", "");

    /// <summary>CONNECT, and a TRACE that may not be forwarded: methods that are not for the proxy itself.</summary>
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

    /// <summary>What the client is told; Hipache says 502 where planb says 503.</summary>
    public static Answer For(Failure failure, bool isHipache)
    {
        var answer = For(failure);
        return isHipache && answer.Status == 503 ? BadGateway : answer;
    }

    /// <summary>Bodies and codes of 400 and 503 are planb's contract.</summary>
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

    /// <summary>Whether nobody is left to hear an answer.</summary>
    public static bool IsSilent(Failure failure) => failure is Failure.ClientGone or Failure.ClientBodyTimeout;

    /// <summary>
    /// The answer of <c>__ping__</c> when routes cannot be served: the reason, as planb has always given it.
    /// </summary>
    public static Answer PingFailed(string reason) => Make(500, "Internal Server Error", reason);

    /// <summary>What kind of failure a rejected message is.</summary>
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
