using System.Buffers.Text;
using System.Text;

namespace Proxy.Http.Messages;

/// <summary>
/// The rules for requests in any version of HTTP, applied to a request head after its fields have been read.
/// </summary>
internal static class RequestRules
{
    /// <summary>Sets target, host, Max-Forwards and framing, and returns the first rule that is violated.</summary>
    public static Rejection Apply(RequestHead head)
    {
        var rejection = TargetAndHost(head);
        if (rejection == Rejection.None) rejection = MaxForwards(head);
        return rejection == Rejection.None ? BodyFraming.OfRequest(head) : rejection;
    }

    private static Rejection TargetAndHost(RequestHead head)
    {
        var hasHost = head.Has(FieldName.Host);
        if (head.HasMany(FieldName.Host) || (!hasHost && head.Version != ProtocolVersion.Http10))
            return Rejection.BadHost;
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

        // A number that overflows counts as the largest one.
        head.MaxForwards = Utf8Parser.TryParse(text, out int value, out _) ? value : int.MaxValue;
        return Rejection.None;
    }

    private static bool StartsWith(ReadOnlySpan<byte> target, ReadOnlySpan<byte> scheme) =>
        target.Length >= scheme.Length && Ascii.EqualsIgnoreCase(target[..scheme.Length], scheme);
}
