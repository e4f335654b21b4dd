using System.Text;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>
/// The log texts for malformed heads: which part is malformed and why. The head is parsed again, which only rejected
/// messages cost.
/// </summary>
internal static class RejectionText
{
    private const int QuotedBytesMax = 64;

    /// <summary>Returns the malformed header or line, and the rule that it violates.</summary>
    public static string Of(Rejection rejection, Head head) => rejection switch
    {
        Rejection.BadStartLine => OfStartLine(head),
        Rejection.BadField => OfFields(head),
        Rejection.BareLineFeed => "a line ends in LF without CR",
        Rejection.BadTarget => $"request target {Quoted(TargetOf(head))} does not fit the method",
        Rejection.BadHost => OfHost(head),
        Rejection.BadFraming => OfFraming(head),
        Rejection.BadMaxForwards => "header \"Max-Forwards\": not one number",
        Rejection.UnknownVersion => $"HTTP version is neither 1.0 nor 1.1: {Quoted(LineAt(head, 0))}",
        Rejection.HeadTooLarge => $"head of more than {HeadBytes.Max} bytes",
        Rejection.TooManyFields => $"more than {Head.FieldsMax} headers",
        Rejection.TargetTooLong => $"request target of more than {RequestParser.TargetBytesMax} bytes",
        _ => rejection.ToString(),
    };

    private static string OfStartLine(Head head)
    {
        // A TLS record with a handshake: type 22, version 3.x                                       RFC 8446 §5.1
        if (head is RequestHead && head.Bytes.StartsWith("\x16\x03"u8)) return "TLS on a port for plain HTTP";
        if (head is ResponseHead && head.Bytes.StartsWith("\x15\x03"u8)) return "TLS from a backend without https://";
        var kind = head is RequestHead ? "request" : "status";
        return $"not a {kind} line: {Quoted(LineAt(head, 0))}";
    }

    // The fields before the malformed one have been parsed.
    private static string OfFields(Head head)
    {
        var start = head.FieldCount > 0 ? head.Fields[^1].LineEnd : LineAt(head, 0).Length + 2;
        for (; start < head.Bytes.Length; start += LineAt(head, start).Length + 2)
        {
            var at = new Cursor(head.Bytes[start..]);
            var field = default(Field);
            if (!at.HasLine || at.Crlf()) break;
            if (!at.FieldLine(ref field, head is ResponseHead)) return OfLine(LineAt(head, start));
        }

        return $"header \"Connection\": more than {Head.ConnectionOptionsMax} options";
    }

    private static string OfLine(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t') return $"folded header line, or a space before a name: {Quoted(line)}";
        var colon = line.IndexOf((byte)':');
        if (colon == 0) return $"header without a name: {Quoted(line)}";
        if (colon < 0) return $"header line without a colon: {Quoted(line)}";
        var name = line[..colon];
        var trimmed = name.TrimEnd(" \t"u8);
        if (trimmed.Length < name.Length) return $"header {Quoted(trimmed)}: space before the colon";
        foreach (var value in name)
        {
            if (!Cursor.IsTokenByte(value)) return $"header name {Quoted(name)}: byte 0x{value:x2}";
        }

        return $"header {Quoted(name)}: {ControlIn(line[colon..])}";
    }

    private static string ControlIn(ReadOnlySpan<byte> value)
    {
        var at = value.IndexOfAny((byte)0, (byte)'\r', (byte)'\n');
        if (at < 0) at = value.IndexOfAnyInRange((byte)0x0a, (byte)0x1f);
        if (at < 0) at = value.IndexOfAnyInRange((byte)0x01, (byte)0x08);
        return (at < 0 ? 0x7f : value[at]) switch
        {
            0 => "NUL byte",
            '\r' => "CR without LF",
            '\n' => "LF without CR",
            var control => $"control byte 0x{control:x2}",
        };
    }

    private static string OfHost(Head head) =>
        !head.Has(FieldName.Host) ? "header \"Host\" is missing"
            : head.HasMany(FieldName.Host) ? "header \"Host\" given more than once"
            : $"header \"Host\": {Quoted(head.TextOf(FieldName.Host))} is not a host";

    private static string OfFraming(Head head)
    {
        var length = head.TextOf(FieldName.ContentLength);
        if (!head.Has(FieldName.TransferEncoding))
        {
            return head.HasMany(FieldName.ContentLength) || length.Contains((byte)',')
                ? "header \"Content-Length\": more than one value"
                : $"header \"Content-Length\": {Quoted(length)} is not a length";
        }

        if (head.Has(FieldName.ContentLength)) return "both \"Content-Length\" and \"Transfer-Encoding\"";
        if (head.HasMany(FieldName.TransferEncoding)) return "header \"Transfer-Encoding\" given more than once";
        if (head.Version == ProtocolVersion.Http10) return "header \"Transfer-Encoding\" in HTTP/1.0";
        return $"header \"Transfer-Encoding\": {Quoted(head.TextOf(FieldName.TransferEncoding))} is not \"chunked\"";
    }

    private static ReadOnlySpan<byte> TargetOf(Head head) =>
        head is RequestHead request ? head[request.Target] : default;

    // Returns the line without its CRLF, or its received part.
    private static ReadOnlySpan<byte> LineAt(Head head, int start)
    {
        var rest = head.Bytes[start..];
        var end = rest.IndexOf("\r\n"u8);
        return end < 0 ? rest : rest[..end];
    }

    private static string Quoted(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        foreach (var value in bytes[..Math.Min(bytes.Length, QuotedBytesMax)])
        {
            if (value is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\') text.Append((char)value);
            else text.Append($"\\x{value:x2}");
        }

        return text.Append(bytes.Length > QuotedBytesMax ? "...\"" : "\"").ToString();
    }
}
