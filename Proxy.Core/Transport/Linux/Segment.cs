using System.Buffers;

namespace Proxy.Core.Transport.Linux;

/// <summary>The one piece of memory a reader's sequences lie in.</summary>
internal sealed class Segment : ReadOnlySequenceSegment<byte>
{
    public void Set(Memory<byte> memory) => Memory = memory;
}
