using System.Buffers;

namespace Proxy.Tests.Fixtures.Grammar;

/// <summary>The same bytes as they may lie in a pipe: in one piece or in many.</summary>
internal static class Segments
{
    public static ReadOnlySequence<byte> Whole(byte[] bytes) => new(bytes);

    /// <summary>Cut before each of these positions; the same position twice gives an empty segment.</summary>
    public static ReadOnlySequence<byte> CutAt(byte[] bytes, params int[] positions)
    {
        var first = new Segment(bytes.AsMemory(0, positions[0]), null);
        var last = first;
        for (var i = 0; i < positions.Length; i++)
        {
            var end = i + 1 < positions.Length ? positions[i + 1] : bytes.Length;
            last = new Segment(bytes.AsMemory(positions[i], end - positions[i]), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>One segment a byte.</summary>
    public static ReadOnlySequence<byte> ByteByByte(byte[] bytes) =>
        bytes.Length < 2 ? Whole(bytes) : CutAt(bytes, [.. Enumerable.Range(1, bytes.Length - 1)]);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
