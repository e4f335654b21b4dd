using System.Buffers;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>Finds a complete head in the received bytes, so that the grammar never sees an incomplete one.</summary>
internal static class HeadBytes
{
    /// <summary>Maximum number of bytes of start line and fields together (431 beyond).</summary>
    public const int Max = 64 * 1024;

    /// <summary>
    /// Loads the head at the start of <paramref name="buffer"/>. While it is incomplete, <paramref name="length"/> is 0
    /// and the received part is loaded. Empty lines before a request have been skipped already
    /// (<see cref="EmptyLines"/>); before a response they belong to an earlier response and are an error.
    /// </summary>
    public static Rejection TryLoad(in ReadOnlySequence<byte> buffer, Head head, out int length)
    {
        var bounded = buffer.Length <= Max ? buffer : buffer.Slice(0, Max);
        var bytes = bounded.IsSingleSegment ? bounded.FirstSpan : head.Load(bounded);
        var blankLine = bytes.IndexOf("\r\n\r\n"u8);
        if (blankLine < 0)
        {
            length = 0;
            if (bounded.IsSingleSegment) head.Load(bytes);
            var error = CheckLineEnds(bytes, Head.FieldsMax + 1);
            if (error != Rejection.None) return error;
            return bounded.Length < Max ? Rejection.None : Rejection.HeadTooLarge;
        }

        length = blankLine + 4;
        head.Load(bytes[..length]);
        return Rejection.None;
    }

    /// <summary>
    /// Checks the line ends of an incomplete head, so that an error is reported at once and not after the timeout.
    /// <paramref name="linesMax"/> limits the cost, because the lines are checked again with every read.
    /// </summary>
    internal static Rejection CheckLineEnds(ReadOnlySpan<byte> bytes, int linesMax)
    {
        var at = 0;
        for (var lines = 0; lines <= linesMax; lines++)
        {
            var next = bytes[at..].IndexOf((byte)'\n');
            if (next < 0) return Rejection.None;
            at += next + 1;
            if (at == 1 || bytes[at - 2] != '\r') return Rejection.BareLineFeed;
        }

        return Rejection.TooManyFields;
    }
}
