namespace Proxy.Core.Tls;

/// <summary>Finds the reason below exceptions that only wrap another one, in words for operators.</summary>
internal static class RootCause
{
    // GetBaseException would stop at the inner exception of an AggregateException.
    public static string MessageOf(Exception problem) =>
        problem.InnerException is { } inner ? MessageOf(inner) : Translate(problem);

    private static string Translate(Exception cause) => cause switch
    {
        FileNotFoundException { FileName: { } file } => $"{file}: {FileFailure.ReasonOf(cause)}",
        _ when StartsWith(cause, "Cannot determine the frame size") => "the peer does not speak TLS",
        _ when StartsWith(cause, "Received an unexpected EOF") => "the peer closed the connection during the handshake",
        _ => cause.Message,
    };

    private static bool StartsWith(Exception cause, string text) =>
        cause.Message.StartsWith(text, StringComparison.Ordinal);
}
