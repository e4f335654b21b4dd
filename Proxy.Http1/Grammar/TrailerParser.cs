using System.Buffers;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>The parser of the trailer section that follows a chunked body (RFC 9112 §7.1.2).</summary>
internal static class TrailerParser
{
    /// <summary>Maximum number of bytes of a trailer section.</summary>
    public const int BytesMax = 16 * 1024;

    /// <summary>
    /// Parses the section at the start of the buffer, including its empty line; <paramref name="length"/> is 0 while it
    /// is incomplete. The rules for lines are those of the message's head.
    /// </summary>
    public static Rejection TryRead(
        in ReadOnlySequence<byte> buffer, TrailerSection section, bool isResponse, out int length)
    {
        section.Reset();
        var bounded = buffer.Length <= BytesMax ? buffer : buffer.Slice(0, BytesMax);
        var bytes = section.Load(bounded);
        length = EndOf(bytes);
        if (length == 0)
        {
            var error = HeadBytes.CheckLineEnds(bytes, Head.FieldsMax);
            return bytes.Length == BytesMax || error != Rejection.None ? Rejection.BadTrailers : Rejection.None;
        }

        section.Truncate(length);
        var at = new Cursor(section.Bytes);
        var rejection = FieldSection.Read(ref at, section, isResponse);
        return rejection == Rejection.None ? Rejection.None : Rejection.BadTrailers;
    }

    private static int EndOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\r\n"u8)) return 2;
        var blankLine = bytes.IndexOf("\r\n\r\n"u8);
        return blankLine < 0 ? 0 : blankLine + 4;
    }
}
