using System.Buffers;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>The parser of request heads: one method per rule of RFC 9112.</summary>
internal static class RequestParser
{
    /// <summary>Maximum number of bytes of a request target (414 beyond).</summary>
    public const int TargetBytesMax = 16 * 1024;

    /// <summary>Maximum number of bytes of a method (400 beyond); the longest registered one has 17.</summary>
    public const int MethodBytesMax = 128;

    /// <summary>
    /// Parses the head at the start of the buffer; <paramref name="length"/> is 0 while it is incomplete. Malformed
    /// input is rejected as soon as possible, even if it is incomplete.
    /// </summary>
    public static Rejection TryRead(in ReadOnlySequence<byte> buffer, RequestHead head, out int length)
    {
        head.Reset();
        var found = HeadBytes.TryLoad(buffer, head, out length);
        if (length > 0) return Whole(head);
        var error = found == Rejection.BareLineFeed ? found : CheckPartial(head);
        return error == Rejection.None ? found : error;
    }

    // HTTP-message = start-line CRLF *( field-line CRLF ) CRLF                                       RFC 9112 §2.1
    private static Rejection Whole(RequestHead head)
    {
        var at = new Cursor(head.Bytes);
        var rejection = RequestLine(ref at, head);
        if (rejection == Rejection.None) rejection = FieldSection.Read(ref at, head, isResponse: false);
        return rejection == Rejection.None ? RequestRules.Apply(head) : rejection;
    }

    // Rejects TLS, other protocols and noise without waiting for the end of a head, which may never come.
    private static Rejection CheckPartial(RequestHead head)
    {
        var at = new Cursor(head.Bytes);
        var rejection = RequestLine(ref at, head);
        if (rejection == Rejection.BadStartLine && at.IsAtEnd) return Rejection.None;
        return rejection == Rejection.None ? FieldSection.CheckLines(ref at, isResponse: false) : rejection;
    }

    // request-line = method SP request-target SP HTTP-version CRLF                                     RFC 9112 §3
    // Checked from left to right, so that the reason of a rejection does not depend on how much has arrived.
    private static Rejection RequestLine(ref Cursor at, RequestHead head)
    {
        if (!at.Token(MethodBytesMax, out var method) || !at.Space()) return Rejection.BadStartLine;
        var hasTarget = at.Target(out var target);
        if (target.Length > TargetBytesMax) return Rejection.TargetTooLong;
        if (!hasTarget || !at.Space()) return Rejection.BadStartLine;
        if (!at.Text("HTTP/"u8) || !at.Digit(out var major)) return Rejection.BadStartLine;
        if (major != 1) return Rejection.UnknownVersion;
        if (!at.Text("."u8) || !at.Digit(out var minor)) return Rejection.BadStartLine;
        if (minor > 1) return Rejection.UnknownVersion;
        if (!at.Text("\r\n"u8)) return Rejection.BadStartLine;
        head.MethodText = method;
        head.Method = Methods.Of(head[method]);
        head.Target = target;
        head.Version = minor == 0 ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        return Rejection.None;
    }
}
