using System.Buffers;
using System.IO.Pipelines;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Writes the framing of a body for its receiver. Has no state.
/// </summary>
internal abstract class BodyWriter
{
    /// <summary>Writes content as one chunk, with its size.</summary>
    public abstract void WriteChunk(PipeWriter output, in ReadOnlySequence<byte> content);

    /// <summary>Writes the end of a body of unknown length.</summary>
    public abstract void WriteEnd(PipeWriter output);

    /// <summary>Writes the trailer fields that are allowed after the message that began with the head.</summary>
    public abstract void WriteTrailers(PipeWriter output, TrailerSection trailers, Head head);
}
