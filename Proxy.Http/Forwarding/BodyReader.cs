using System.Buffers;
using System.IO.Pipelines;
using Proxy.Http.Messages;

namespace Proxy.Http.Forwarding;

/// <summary>
/// Determines how many of the received bytes belong to a body, and where the body ends. Subclasses parse the transfer
/// codings of their version of HTTP.
/// </summary>
internal abstract class BodyReader
{
    /// <summary>How the body is framed and forwarded.</summary>
    public BodyPlan Plan { get; private set; }

    /// <summary>Bytes of content found so far, framing excluded.</summary>
    public long DataBytes { get; protected set; }

    /// <summary>Remaining bytes of a body of known length.</summary>
    public long Left { get; private set; }

    /// <summary>The trailer fields, valid once a verdict has <see cref="Verdict.HasTrailers"/>.</summary>
    public abstract TrailerSection Trailers { get; }

    /// <summary>
    /// Prepares for a body of <paramref name="length"/> bytes, where the plan is <see cref="BodyPlan.Length"/>.
    /// </summary>
    public virtual void Begin(BodyPlan plan, long length, bool isResponse = false) =>
        (Plan, Left, DataBytes) = (plan, length, 0);

    /// <summary>Returns what to do with the bytes that were read.</summary>
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

    /// <summary>What to do with the bytes that were read.</summary>
    /// <param name="Part">The bytes to forward unchanged.</param>
    /// <param name="Consumed">Number of bytes to consume from the start, those of the part included.</param>
    /// <param name="End">How the body ends after the consumed bytes; null if it continues.</param>
    public readonly record struct Verdict(ReadOnlySequence<byte> Part, long Consumed, BodyEnd? End)
    {
        /// <summary>Whether the trailer section is complete and has to be forwarded.</summary>
        public bool HasTrailers { get; init; }
    }
}
