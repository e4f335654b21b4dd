using System.Buffers;
using System.IO.Pipelines;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Finds out how much of the bytes that were read belongs to a body, and where the body ends. How a transfer coding is
/// read is a matter of the protocol that uses it.
/// </summary>
internal abstract class BodyReader
{
    public BodyPlan Plan { get; private set; }

    /// <summary>Bytes of content found so far, framing not counted.</summary>
    public long DataBytes { get; protected set; }

    /// <summary>Bytes that are still to come of a body of known length.</summary>
    public long Left { get; private set; }

    /// <summary>The trailer fields, once a verdict has them.</summary>
    public abstract TrailerSection Trailers { get; }

    /// <summary>Prepares for the body of a request, or of a response.</summary>
    public virtual void Begin(BodyPlan plan, long length, bool isResponse = false) =>
        (Plan, Left, DataBytes) = (plan, length, 0);

    /// <summary>Returns what to do with what was read.</summary>
    public Verdict Scan(in ReadResult read)
    {
        var buffer = read.Buffer;
        switch (Plan)
        {
            case BodyPlan.Length:
                var part = buffer.Length <= Left ? buffer : buffer.Slice(0, Left);
                Left -= part.Length;
                DataBytes += part.Length;
                return new Verdict(part, part.Length, Left == 0 ? BodyEnd.Complete : null);
            case BodyPlan.UntilClose or BodyPlan.UntilCloseToChunked:
                DataBytes += buffer.Length;
                return new Verdict(buffer, buffer.Length, read.IsCompleted ? BodyEnd.Complete : null);
            default:
                return ScanCoded(buffer);
        }
    }

    /// <summary>Scans a body in a transfer coding.</summary>
    protected abstract Verdict ScanCoded(in ReadOnlySequence<byte> buffer);

    /// <summary>What to do with what was read.</summary>
    /// <param name="Part">Is forwarded as it is.</param>
    /// <param name="Consumed">Bytes from the beginning that are dealt with, those of the part included.</param>
    /// <param name="End">How the body ends after them, if it does.</param>
    public readonly record struct Verdict(ReadOnlySequence<byte> Part, long Consumed, BodyEnd? End)
    {
        /// <summary>The trailer section is complete, and is forwarded too.</summary>
        public bool HasTrailers { get; init; }
    }
}
