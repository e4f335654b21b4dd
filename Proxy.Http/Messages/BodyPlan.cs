namespace Proxy.Http.Messages;

/// <summary>How a body is framed by its sender, and how it is forwarded to its receiver.</summary>
internal enum BodyPlan : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A known number of bytes.</summary>
    Length,

    /// <summary>Chunked, and forwarded with its framing.</summary>
    Chunked,

    /// <summary>Chunked; forwarded as plain content that ends with the connection (HTTP/1.0).</summary>
    ChunkedToContent,

    /// <summary>Ends with the sender's connection; forwarded so that it ends with the receiver's.</summary>
    UntilClose,

    /// <summary>Ends with the sender's connection; forwarded in the chunked coding.</summary>
    UntilCloseToChunked,
}

/// <summary>The rules that determine how a body is forwarded, and the properties of the plans.</summary>
internal static class BodyPlans
{
    // | sender's framing | receiver HTTP/1.0   | receiver HTTP/1.1    |
    // |------------------|---------------------|----------------------|
    // | none             | none                | none                 |
    // | length           | length              | length               |
    // | chunked          | content, then close | chunked, as received |
    // | until close      | content, then close | chunked              |                  RFC 9112 §6.1, §6.3, §7
    /// <summary>Returns the plan for a body with that framing and a receiver with that version of HTTP.</summary>
    public static BodyPlan For(Framing framing, ProtocolVersion receiver) => framing.Kind switch
    {
        BodyKind.None => BodyPlan.None,
        BodyKind.Length => BodyPlan.Length,
        BodyKind.Chunked => receiver == ProtocolVersion.Http10 ? BodyPlan.ChunkedToContent : BodyPlan.Chunked,
        _ => receiver == ProtocolVersion.Http10 ? BodyPlan.UntilClose : BodyPlan.UntilCloseToChunked,
    };

    /// <summary>Returns whether the body is sent in the chunked coding.</summary>
    public static bool IsSentChunked(this BodyPlan plan) => plan is BodyPlan.Chunked or BodyPlan.UntilCloseToChunked;

    /// <summary>Returns whether the body ends with the sender's connection.</summary>
    public static bool EndsWithSender(this BodyPlan plan) =>
        plan is BodyPlan.UntilClose or BodyPlan.UntilCloseToChunked;

    /// <summary>
    /// Returns whether the body ends with the receiver's connection, so that the connection cannot be reused and a
    /// truncated body looks complete.
    /// </summary>
    public static bool EndsWithReceiver(this BodyPlan plan) =>
        plan is BodyPlan.UntilClose or BodyPlan.ChunkedToContent;
}
