using System.Buffers;
using System.IO.Pipelines;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Writes what frames a body for its receiver; has no state. The content itself is sent as it was received.
/// </summary>
internal abstract class BodyWriter
{
    /// <summary>Writes content with the framing that says how much it is.</summary>
    public abstract void WriteChunk(PipeWriter output, in ReadOnlySequence<byte> content);

    /// <summary>Writes the end of a body whose length was not known.</summary>
    public abstract void WriteEnd(PipeWriter output);

    /// <summary>Writes the trailer fields that may follow the message that began with that head.</summary>
    public abstract void WriteTrailers(PipeWriter output, TrailerSection trailers, Head head);
}
