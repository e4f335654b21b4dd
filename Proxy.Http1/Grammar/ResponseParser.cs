using System.Buffers;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>The parser of response heads: one method per rule of RFC 9112.</summary>
internal static class ResponseParser
{
    /// <summary>
    /// Parses the head at the start of the buffer, of a response to a request with that method;
    /// <paramref name="length"/> is 0 while it is incomplete.
    /// </summary>
    public static Rejection TryRead(in ReadOnlySequence<byte> buffer, Method method, ResponseHead head, out int length)
    {
        head.Reset();
        var found = HeadBytes.TryLoad(buffer, head, out length);
        if (length > 0) return Whole(head, method);
        var error = found == Rejection.BareLineFeed ? found : CheckPartial(head);
        return error == Rejection.None ? found : error;
    }

    // A response that does not begin with a status line is rejected without waiting for the end of a head.
    private static Rejection CheckPartial(ResponseHead head)
    {
        var at = new Cursor(head.Bytes);
        if (StatusLine(ref at, head)) return FieldSection.CheckLines(ref at, isResponse: true);
        return at.IsAtEnd ? Rejection.None : Rejection.BadStartLine;
    }

    private static Rejection Whole(ResponseHead head, Method method)
    {
        var at = new Cursor(head.Bytes);
        if (!StatusLine(ref at, head)) return Rejection.BadStartLine;
        var rejection = FieldSection.Read(ref at, head, isResponse: true);
        return rejection == Rejection.None ? BodyFraming.OfResponse(head, method) : rejection;
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF                               RFC 9112 §4
    // Some backends omit the second SP or double the first one. Some claim a later version but use HTTP/1.1, as no
    // later version has a status line.
    private static bool StatusLine(ref Cursor at, ResponseHead head)
    {
        if (!at.Text("HTTP/"u8) || !at.Digit(out var major, min: 1)) return false;
        if (!at.Text("."u8) || !at.Digit(out var minor) || !at.Space()) return false;
        while (at.Space())
        {
        }

        var start = at.Position;
        if (!at.Digit(out var hundreds, min: 1) || !at.Digit(out var tens) || !at.Digit(out var ones)) return false;
        var code = at.Position;
        if (!at.Line(out var rest)) return false;
        if (!rest.IsEmpty && head.Bytes[code] != ' ') return false;
        head.Version = major == 1 && minor == 0 ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        head.Status = (hundreds * 100) + (tens * 10) + ones;
        head.StatusAndReason = new Slice(start, rest.End - start);
        return true;
    }
}
