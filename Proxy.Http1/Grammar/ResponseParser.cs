using System.Buffers;

namespace Proxy.Http1.Grammar;

/// <summary>Reads the head of a response: one method a rule of RFC 9112.</summary>
internal static class ResponseParser
{
    /// <summary>
    /// Reads the head the buffer starts with, answering a request of that method; <paramref name="length"/> is 0 until
    /// all of it has come.
    /// </summary>
    public static Rejection TryRead(in ReadOnlySequence<byte> buffer, Method method, ResponseHead head, out int length)
    {
        head.Reset();
        var found = HeadBytes.TryLoad(buffer, head, out length);
        if (length > 0) return Whole(head, method);
        return found == Rejection.None ? Beginning(buffer) : found;
    }

    // A backend that does not begin with a version will not end in a head either.
    private static Rejection Beginning(in ReadOnlySequence<byte> buffer)
    {
        var version = "HTTP/1."u8;
        var length = (int)Math.Min(buffer.Length, version.Length);
        Span<byte> beginning = stackalloc byte[version.Length];
        buffer.Slice(0, length).CopyTo(beginning);
        return version.StartsWith(beginning[..length]) ? Rejection.None : Rejection.BadStartLine;
    }

    private static Rejection Whole(ResponseHead head, Method method)
    {
        var at = new Cursor(head.Bytes);
        if (!StatusLine(ref at, head)) return Rejection.BadStartLine;
        var rejection = head.ReadFields(ref at, allowBlankBeforeColon: true);
        return rejection == Rejection.None ? BodyFraming.OfResponse(head, method) : rejection;
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF                               RFC 9112 §4
    // The second SP is often forgotten.
    private static bool StatusLine(ref Cursor at, ResponseHead head)
    {
        if (!at.Text("HTTP/1."u8) || !at.Digit(out var minor) || minor > 1 || !at.Space()) return false;
        var start = at.Position;
        if (!at.Digit(out var hundreds) || !at.Digit(out var tens) || !at.Digit(out var ones)) return false;
        if (hundreds == 0) return false;
        var code = at.Position;
        if (!at.Line(out var rest)) return false;
        if (!rest.IsEmpty && head.Bytes[code] != ' ') return false;
        head.Minor = minor;
        head.Status = (hundreds * 100) + (tens * 10) + ones;
        head.StatusAndReason = new Slice(start, rest.End - start);
        return true;
    }
}
