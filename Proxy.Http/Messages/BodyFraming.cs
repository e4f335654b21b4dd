using System.Text;

namespace Proxy.Http.Messages;

/// <summary>How the end of a body is determined.</summary>
internal enum BodyKind : byte
{
    None,
    Length,
    Chunked,
    UntilClose,
}

/// <summary>The framing of a body.</summary>
/// <param name="Kind">How the end of the body is determined.</param>
/// <param name="Length">Bytes of the body; used with <see cref="BodyKind.Length"/> only.</param>
internal readonly record struct Framing(BodyKind Kind, long Length = 0)
{
    /// <summary>Whether bytes of a body follow the head.</summary>
    public bool HasBody => Kind != BodyKind.None;
}

/// <summary>
/// The rules that determine where a message ends (RFC 9112 §6.3). Ambiguous framing is rejected, because another
/// recipient in the chain might interpret it differently (request smuggling).
/// </summary>
internal static class BodyFraming
{
    // Eighteen digits cannot overflow 63 bits.
    private const int LengthDigitsMax = 18;

    /// <summary>Sets the framing of a request, or returns why it is rejected.</summary>
    public static Rejection OfRequest(RequestHead head)
    {
        head.Framing = default;
        if (!Decide(head, isResponse: false, out var kind, out var length)) return Rejection.BadFraming;
        head.Framing = kind == BodyKind.Length && length == 0 ? default : new Framing(kind, length);
        return Rejection.None;
    }

    /// <summary>Sets the framing of a response to a request with that method, or returns why it is rejected.</summary>
    public static Rejection OfResponse(ResponseHead head, Method method)
    {
        head.Framing = default;
        if (head.Status is < 200 or 204) return Rejection.None;
        if (!Decide(head, isResponse: true, out var kind, out var length)) return Rejection.BadFraming;

        // These headers describe the body of another response. They are forwarded, so they must be valid all the same.
        if (method == Method.Head || head.Status == 304) return Rejection.None;
        if (kind == BodyKind.None) head.Framing = new Framing(BodyKind.UntilClose);
        else if (kind == BodyKind.Chunked || length > 0) head.Framing = new Framing(kind, length);
        return Rejection.None;
    }

    // | Transfer-Encoding | Content-Length | version |             |
    // |-------------------|----------------|---------|-------------|
    // | -                 | -              | any     | none        |
    // | -                 | one, digits    | any     | length      |
    // | -                 | several, equal | any     | length      | responses only
    // | one, "chunked"    | -              | 1.1     | chunked     |
    // | anything else                                | refused     |
    private static bool Decide(Head head, bool isResponse, out BodyKind kind, out long length)
    {
        var hasLength = head.Has(FieldName.ContentLength);
        (kind, length) = (BodyKind.None, 0);
        if (!head.Has(FieldName.TransferEncoding))
        {
            if (!hasLength) return true;
            kind = BodyKind.Length;
            return isResponse
                ? TryReadLengths(head, out length)
                : !head.HasMany(FieldName.ContentLength) &&
                    TryReadLength(head.TextOf(FieldName.ContentLength), out length);
        }

        kind = BodyKind.Chunked;
        return !head.HasMany(FieldName.TransferEncoding) && !hasLength && head.Version != ProtocolVersion.Http10 &&
            Ascii.EqualsIgnoreCase(head.TextOf(FieldName.TransferEncoding), "chunked"u8);
    }

    // Equal lengths, in one field or in several, count as one.                                      RFC 9110 §8.6
    private static bool TryReadLengths(Head head, out long length)
    {
        length = -1;
        foreach (ref var field in head.Fields)
        {
            if (field.Known != FieldName.ContentLength) continue;
            for (var rest = head[field.Value]; ;)
            {
                var comma = rest.IndexOf((byte)',');
                var text = comma < 0 ? rest : rest[..comma].Trim(" \t"u8);
                while (text.Length > LengthDigitsMax && text[0] == '0') text = text[1..];
                if (!TryReadLength(text, out var one) || (length >= 0 && one != length)) return false;
                length = one;
                if (comma < 0) break;
                rest = rest[(comma + 1)..].TrimStart(" \t"u8);
            }
        }

        return true;
    }

    // Content-Length = 1*DIGIT                                                                     RFC 9110 §8.6
    private static bool TryReadLength(ReadOnlySpan<byte> text, out long length)
    {
        length = 0;
        if (text.IsEmpty || text.Length > LengthDigitsMax) return false;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            length = (length * 10) + digit - '0';
        }

        return true;
    }
}
