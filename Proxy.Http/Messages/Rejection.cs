
namespace Proxy.Http.Messages;

/// <summary>What is wrong with a message.</summary>
internal enum Rejection : byte
{
    None,

    /// <summary>Not <c>method SP target SP version</c>, or not <c>version SP status [SP reason]</c>.</summary>
    BadStartLine,

    /// <summary>A field line that is not <c>token ":" OWS value OWS</c>, folded, or with a control byte.</summary>
    BadField,

    /// <summary>A line that ends in LF alone: the next one along the chain may see other lines than we do.</summary>
    BareLineFeed,

    /// <summary>A target that fits none of the four forms, or a form that the method does not allow.</summary>
    BadTarget,

    /// <summary>Missing, doubled or malformed Host.</summary>
    BadHost,

    /// <summary>Content-Length or Transfer-Encoding that is malformed, doubled, contradictory or unknown.</summary>
    BadFraming,

    /// <summary>Max-Forwards of OPTIONS or TRACE that is no number, or doubled.</summary>
    BadMaxForwards,

    /// <summary>A version of HTTP other than 1.0 and 1.1.</summary>
    UnknownVersion,

    /// <summary>A head of more bytes than are accepted.</summary>
    HeadTooLarge,

    /// <summary>More fields than <see cref="Head.FieldsMax"/>.</summary>
    TooManyFields,

    /// <summary>A request target of more bytes than are accepted.</summary>
    TargetTooLong,

    /// <summary>A chunk that breaks RFC 9112 §7.1, or exceeds a bound.</summary>
    BadChunk,

    /// <summary>A malformed trailer section, or one that is too large.</summary>
    BadTrailers,
}
