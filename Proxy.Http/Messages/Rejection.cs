
namespace Proxy.Http.Messages;

/// <summary>The reason why a message is rejected.</summary>
internal enum Rejection : byte
{
    None,

    /// <summary>Not <c>method SP target SP version</c>, or not <c>version SP status [SP reason]</c>.</summary>
    BadStartLine,

    /// <summary>A field line that is not <c>token ":" OWS value OWS</c>, folded, or with a control byte.</summary>
    BadField,

    /// <summary>A line that ends in LF without CR: another recipient may split the lines differently.</summary>
    BareLineFeed,

    /// <summary>A target that fits none of the four forms, or a form that the method does not allow.</summary>
    BadTarget,

    /// <summary>Missing, repeated or malformed Host.</summary>
    BadHost,

    /// <summary>Malformed, repeated, contradictory or unknown Content-Length or Transfer-Encoding.</summary>
    BadFraming,

    /// <summary>Max-Forwards of OPTIONS or TRACE that is not a number, or repeated.</summary>
    BadMaxForwards,

    /// <summary>A version of HTTP other than 1.0 and 1.1.</summary>
    UnknownVersion,

    /// <summary>A head that exceeds the size limit.</summary>
    HeadTooLarge,

    /// <summary>More fields than <see cref="Head.FieldsMax"/>.</summary>
    TooManyFields,

    /// <summary>A request target that exceeds the size limit.</summary>
    TargetTooLong,

    /// <summary>A chunk that violates RFC 9112 §7.1, or exceeds a limit.</summary>
    BadChunk,

    /// <summary>A malformed trailer section, or one that is too large.</summary>
    BadTrailers,
}
