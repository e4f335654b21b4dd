namespace Proxy.Http.Messages;

/// <summary>How a body is framed by its sender, and how it is sent on to its receiver.</summary>
internal enum BodyPlan : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A known number of bytes.</summary>
    Length,

    /// <summary>Chunked, and forwarded with its framing.</summary>
    Chunked,

    /// <summary>Chunked, for a receiver that knows only the end of the connection.</summary>
    ChunkedToContent,

    /// <summary>Until the sender closes; the receiver too learns the end by the end of its connection.</summary>
    UntilClose,

    /// <summary>Until the sender closes, for a receiver that gets it chunked.</summary>
    UntilCloseToChunked,
}

/// <summary>The one table that decides how a body is sent on, and what follows for the head before it.</summary>
internal static class BodyPlans
{
    // | sender's framing | receiver HTTP/1.0  | receiver HTTP/1.1     |
    // |------------------|--------------------|-----------------------|
    // | none             | none               | none                  |
    // | length           | length             | length                |
    // | chunked          | content, then close | chunked, as received |
    // | until close      | content, then close | chunked              |                  RFC 9112 §6.1, §6.3, §7
    /// <summary>Returns the plan for a body of that framing and a receiver of that version.</summary>
    public static BodyPlan For(Framing framing, ProtocolVersion receiver) => framing.Kind switch
    {
        BodyKind.None => BodyPlan.None,
        BodyKind.Length => BodyPlan.Length,
        BodyKind.Chunked => receiver == ProtocolVersion.Http10 ? BodyPlan.ChunkedToContent : BodyPlan.Chunked,
        _ => receiver == ProtocolVersion.Http10 ? BodyPlan.UntilClose : BodyPlan.UntilCloseToChunked,
    };

    /// <summary>Whether the receiver gets the body in the chunked coding.</summary>
    public static bool IsSentChunked(this BodyPlan plan) => plan is BodyPlan.Chunked or BodyPlan.UntilCloseToChunked;

    /// <summary>Whether only the end of the sender's connection ends the body.</summary>
    public static bool EndsWithSender(this BodyPlan plan) =>
        plan is BodyPlan.UntilClose or BodyPlan.UntilCloseToChunked;

    /// <summary>
    /// Whether only the end of the receiver's connection ends the body, so that it can carry nothing after it and a
    /// truncated body looks complete.
    /// </summary>
    public static bool EndsWithReceiver(this BodyPlan plan) =>
        plan is BodyPlan.UntilClose or BodyPlan.ChunkedToContent;
}
