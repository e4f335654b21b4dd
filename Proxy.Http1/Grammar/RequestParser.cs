using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Proxy.Http1.Grammar;

/// <summary>Reads the head of a request: one method a rule of RFC 9112.</summary>
internal static class RequestParser
{
    /// <summary>Bytes of a request target (414 beyond).</summary>
    public const int TargetBytesMax = 16 * 1024;

    /// <summary>Bytes of a method (400 beyond); the longest that is registered has 17.</summary>
    public const int MethodBytesMax = 128;

    /// <summary>
    /// Reads the head the buffer starts with; <paramref name="length"/> is 0 until all of it has come. Malformed input
    /// is refused as soon as it is certain, complete or not.
    /// </summary>
    public static Rejection TryRead(in ReadOnlySequence<byte> buffer, RequestHead head, out int length)
    {
        head.Reset();
        var found = HeadBytes.TryLoad(buffer, head, out length);
        if (length > 0) return Whole(head);
        var flaw = found == Rejection.BareLineFeed ? found : FlawInPart(head);
        return flaw == Rejection.None ? found : flaw;
    }

    // HTTP-message = start-line CRLF *( field-line CRLF ) CRLF                                       RFC 9112 §2.1
    private static Rejection Whole(RequestHead head)
    {
        var at = new Cursor(head.Bytes);
        var rejection = RequestLine(ref at, head);
        if (rejection == Rejection.None) rejection = head.ReadFields(ref at, isResponse: false);
        if (rejection == Rejection.None) rejection = TargetAndHost(head);
        if (rejection == Rejection.None) rejection = MaxForwards(head);
        return rejection == Rejection.None ? BodyFraming.OfRequest(head) : rejection;
    }

    // What cannot become a request any more, be it TLS, another protocol or noise: its end may never come.
    private static Rejection FlawInPart(RequestHead head)
    {
        var at = new Cursor(head.Bytes);
        var rejection = RequestLine(ref at, head);
        if (rejection == Rejection.BadStartLine && at.IsAtEnd) return Rejection.None;
        return rejection == Rejection.None ? Head.FlawInLines(ref at, isResponse: false) : rejection;
    }

    // request-line = method SP request-target SP HTTP-version CRLF                                     RFC 9112 §3
    // Judged from left to right, so that it is refused for the same reason however much of it has come.
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
        head.Method = MethodOf(head[method]);
        head.Target = target;
        head.Version = minor == 0 ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        return Rejection.None;
    }

    private static Method MethodOf(ReadOnlySpan<byte> text) => text.Length switch
    {
        3 when text.SequenceEqual("GET"u8) => Method.Get,
        3 when text.SequenceEqual("PUT"u8) => Method.Put,
        4 when text.SequenceEqual("POST"u8) => Method.Post,
        4 when text.SequenceEqual("HEAD"u8) => Method.Head,
        5 when text.SequenceEqual("TRACE"u8) => Method.Trace,
        5 when text.SequenceEqual("PATCH"u8) => Method.Patch,
        6 when text.SequenceEqual("DELETE"u8) => Method.Delete,
        7 when text.SequenceEqual("OPTIONS"u8) => Method.Options,
        7 when text.SequenceEqual("CONNECT"u8) => Method.Connect,
        _ => Method.Other,
    };

    private static Rejection TargetAndHost(RequestHead head)
    {
        var hasHost = head.Has(FieldName.Host);
        if (head.HasMany(FieldName.Host) || (!hasHost && head.Version != ProtocolVersion.Http10)) return Rejection.BadHost;
        var host = hasHost ? head.ValueOf(FieldName.Host) : default;
        if (!HostSyntax.IsValid(head[host])) return Rejection.BadHost;
        head.Host = host;
        return TargetForms(head);
    }

    // request-target = origin-form / absolute-form / authority-form / asterisk-form                  RFC 9112 §3.2
    private static Rejection TargetForms(RequestHead head)
    {
        var target = head[head.Target];
        head.PathAndQuery = head.Target;
        if (head.Method == Method.Connect)
        {
            head.Form = TargetForm.Authority;
            return HostSyntax.IsValid(target) ? Rejection.None : Rejection.BadTarget;
        }

        if (target[0] == '/')
        {
            head.Form = TargetForm.Origin;
            return Rejection.None;
        }

        if (target.SequenceEqual("*"u8))
        {
            head.Form = TargetForm.Asterisk;
            return head.Method == Method.Options ? Rejection.None : Rejection.BadTarget;
        }

        return AbsoluteForm(head);
    }

    // absolute-form = scheme "://" authority path-abempty [ "?" query ]; its authority replaces Host  RFC 9112 §3.2.2
    private static Rejection AbsoluteForm(RequestHead head)
    {
        var target = head[head.Target];
        var start = StartsWith(target, "http://"u8) ? 7 : StartsWith(target, "https://"u8) ? 8 : 0;
        if (start == 0) return Rejection.BadTarget;
        var length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        if (length < 0) length = target.Length - start;
        var authority = new Slice(head.Target.Start + start, length);
        if (length == 0 || !HostSyntax.IsValid(head[authority])) return Rejection.BadTarget;
        head.Form = TargetForm.Absolute;
        head.Host = authority;
        head.PathAndQuery = new Slice(authority.End, head.Target.End - authority.End);
        return Rejection.None;
    }

    // Max-Forwards = 1*DIGIT                                                                    RFC 9110 §7.6.2
    private static Rejection MaxForwards(RequestHead head)
    {
        if (head.Method is not (Method.Options or Method.Trace) || !head.Has(FieldName.MaxForwards))
            return Rejection.None;
        var text = head.TextOf(FieldName.MaxForwards);
        var isNumber = !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
        if (!isNumber || head.HasMany(FieldName.MaxForwards)) return Rejection.BadMaxForwards;

        // A larger number than can be counted is as good as the largest.
        head.MaxForwards = Utf8Parser.TryParse(text, out int value, out _) ? value : int.MaxValue;
        return Rejection.None;
    }

    private static bool StartsWith(ReadOnlySpan<byte> target, ReadOnlySpan<byte> scheme) =>
        target.Length >= scheme.Length && Ascii.EqualsIgnoreCase(target[..scheme.Length], scheme);
}
