using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Proxy.Http.Messages;
using Proxy.Http1.Grammar;

namespace Proxy.Http1;

/// <summary>Reads heads from the input of a connection.</summary>
internal static class HeadReader
{
    /// <summary>
    /// Reads and consumes the request head at the start of the buffer. While it is incomplete, nothing is consumed and
    /// the next read waits for more.
    /// </summary>
    public static Rejection TakeRequest(
        PipeReader input, in ReadOnlySequence<byte> buffer, RequestHead head, out bool isWhole)
    {
        var rejection = RequestParser.TryRead(buffer, head, out var length);
        Consume(input, buffer, length);
        isWhole = length > 0;
        return rejection;
    }

    /// <summary>Reads and consumes the head of a response to a request with that method, in the same way.</summary>
    public static Rejection TakeResponse(
        PipeReader input, in ReadOnlySequence<byte> buffer, Method method, ResponseHead head, out bool isWhole)
    {
        var rejection = ResponseParser.TryRead(buffer, method, head, out var length);
        Consume(input, buffer, length);
        isWhole = length > 0;
        return rejection;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Consume(PipeReader input, in ReadOnlySequence<byte> buffer, int length)
    {
        var consumed = buffer.GetPosition(length);
        input.AdvanceTo(consumed, length > 0 ? consumed : buffer.End);
    }
}
