using System.Buffers;
using Proxy.Http.Messages;

namespace Proxy.Http1.Grammar;

/// <summary>Finds a whole head in what has been received, so that no rule has to know about "not yet".</summary>
internal static class HeadBytes
{
    /// <summary>Start line and fields together (431 beyond).</summary>
    public const int Max = 64 * 1024;

    /// <summary>
    /// Loads the head that <paramref name="buffer"/> starts with. <paramref name="length"/> is 0 until all of it has
    /// come, and what has come of it is loaded until then. Empty lines before a request have been skipped
    /// (<see cref="EmptyLines"/>); before a response they are left over from another one.
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
            var flaw = FlawIn(bytes, Head.FieldsMax + 1);
            if (flaw != Rejection.None) return flaw;
            return bounded.Length < Max ? Rejection.None : Rejection.HeadTooLarge;
        }

        length = blankLine + 4;
        head.Load(bytes[..length]);
        return Rejection.None;
    }

    /// <summary>
    /// What is wrong with lines that have not come to an empty one yet: told now, not when the time is up. More lines
    /// than <paramref name="linesMax"/> would be looked at again with every byte that comes.
    /// </summary>
    internal static Rejection FlawIn(ReadOnlySpan<byte> bytes, int linesMax)
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
