using System.IO.Pipelines;
using System.Net;

namespace Proxy.Core.Transport;

/// <summary>
/// A byte stream in two directions. A flush of <see cref="Output"/> completes when the bytes have left the process, so
/// that a slow peer causes back-pressure at once. One task reads and one task writes at a time.
/// </summary>
public abstract class Connection : IDuplexPipe, IAsyncDisposable
{
    private const long Never = 0;
    private const long Overdue = -1;
    private long _readBy;
    private long _writeBy;
    private EndPoint? _source;
    private PeerWatch? _watch;

    /// <summary>The bytes from the peer.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>The bytes to the peer; completing it is a half close.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>The peer's address, or the one that a proxy in front has named.</summary>
    public EndPoint RemoteEndPoint => _source ?? PeerEndPoint;

    /// <summary>The address at the other end of the socket.</summary>
    public abstract EndPoint PeerEndPoint { get; }

    /// <summary>The index of its event loop; 0 if there is one only.</summary>
    public virtual int LoopIndex => 0;

    /// <summary>Whether the caller runs on the thread of that loop, where nothing else runs at the same time.</summary>
    public virtual bool IsOnLoop => false;

    /// <summary>
    /// The peer has reset the connection, as far as the transport knows: it neither sends nor receives any more.
    /// </summary>
    public virtual bool WasReset => false;

    /// <summary>
    /// The peer will send nothing more, as far as the transport knows; what it sent before may not have been read yet.
    /// </summary>
    public virtual bool HasReceivedFin => false;

    /// <summary>
    /// Starts to wait for the peer's end if only a read can find it, as with TLS; what is read is kept for the next
    /// read. Not while a read is pending.
    /// </summary>
    public virtual void CheckForFin()
    {
    }

    /// <summary>How much of the sent bytes has arrived.</summary>
    public virtual SendProgress SendProgress => default;

    /// <summary>
    /// Notified if this connection is lost, or its peer has sent its end, while nothing is read from it; null for none.
    /// </summary>
    public virtual PeerWatch? Watch
    {
        get => Volatile.Read(ref _watch);
        set => Volatile.Write(ref _watch, value);
    }

    /// <summary>Completes when the other connections of the loop have had their turn.</summary>
    public virtual async Task YieldAsync() => await Task.Yield();

    /// <summary>The TLS version; empty without TLS.</summary>
    public virtual ReadOnlySpan<byte> TlsVersion => default;

    /// <summary>Whether the peer, a client, has resumed a TLS session.</summary>
    public virtual bool IsTlsResumed => false;

    /// <summary>Whether the peer uses TLS: decides the scheme, and nothing else.</summary>
    public virtual bool IsEncrypted => false;

    /// <summary>The pending read, or the next one, ended because <see cref="ReadBy"/> passed.</summary>
    public bool IsReadOverdue => Volatile.Read(ref _readBy) == Overdue;

    /// <summary>The pending flush, or the next one, ended because <see cref="WriteBy"/> passed.</summary>
    public bool IsWriteOverdue => Volatile.Read(ref _writeBy) == Overdue;

    /// <summary>The position of this connection in <see cref="Deadlines"/>, which alone uses it.</summary>
    internal int DeadlineSlot { get; set; } = -1;

    /// <summary>
    /// Whether the connection was reset before its end had been received, which a failed send has shown. A reset is
    /// reported once: a later receive sees the end of the stream, and what came before may be incomplete.
    /// </summary>
    public virtual bool MayBeTruncated => false;

    /// <summary>
    /// Sets when reading ends, in milliseconds of <see cref="Deadlines.Now"/>; 0 means never. A read that is then
    /// pending is cancelled, and <see cref="IsReadOverdue"/> is set.
    /// </summary>
    public void ReadBy(long deadline) => Volatile.Write(ref _readBy, deadline);

    /// <summary>Sets when writing ends, in milliseconds of <see cref="Deadlines.Now"/>; 0 means never.</summary>
    public void WriteBy(long deadline) => Volatile.Write(ref _writeBy, deadline);

    /// <summary>Sets the source named by the peer, a proxy. Called before anything is served.</summary>
    public void SetSource(EndPoint source) => _source = source;

    /// <summary>
    /// Forwards what comes next to another connection without copying it into this process, if the transport can do so
    /// for the two; else does nothing. It waits for the first bytes and ends when there are no more at once, or when
    /// other connections need their turn. Everything received before must have been consumed, and everything written to
    /// the other connection flushed. The end of the stream is left to the next read.
    /// </summary>
    /// <exception cref="IOException">The connection was reset or aborted.</exception>
    public virtual ValueTask<SpliceResult> SpliceAsync(Connection to) => default;

    /// <summary>
    /// Half-closes and marks the stream as incomplete, if the connection has a way to do so: with TLS, close_notify is
    /// not sent (RFC 8446 §6.1). What was flushed arrives first.
    /// </summary>
    public virtual ValueTask EndIncompleteAsync() => Output.CompleteAsync();

    /// <summary>
    /// Aborts both directions, from any thread: whatever waits ends now, and <see cref="DisposeAsync"/> will reset the
    /// connection, so that the peer can see that it is not complete.
    /// </summary>
    public abstract void Abort();

    /// <summary>
    /// Closes the connection; what was flushed arrives, then the stream ends, unless it was aborted. Called once, by
    /// the owner, when nothing is read or written any more.
    /// </summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// Cancels what is overdue at <paramref name="now"/>; called by <see cref="Deadlines"/>, from any thread.
    /// </summary>
    internal bool IsDue(long now) =>
        IsPast(_readBy, now) || IsPast(_writeBy, now) || (_watch is { IsWaiting: true } && HasReceivedFin);

    internal void Expire(long now)
    {
        if (TryExpire(ref _readBy, now)) Input.CancelPendingRead();
        if (TryExpire(ref _writeBy, now)) Output.CancelPendingFlush();
        if (_watch is not { IsWaiting: true } watch || !HasReceivedFin) return;
        if (WasReset) watch.OnReset();
        else watch.OnHalfClosed(now);
    }

    private static bool IsPast(long deadline, long now) => deadline > Never && deadline <= now;

    private static bool TryExpire(ref long deadline, long now)
    {
        var seen = Volatile.Read(ref deadline);
        return IsPast(seen, now) && Interlocked.CompareExchange(ref deadline, Overdue, seen) == seen;
    }
}

/// <summary>The result of <see cref="Connection.SpliceAsync"/>.</summary>
/// <param name="Bytes">The bytes that were forwarded.</param>
/// <param name="End">
/// How it ended: cancelled if one of the two is overdue, completed if the other one takes no more. Bytes may then be
/// lost, and nothing can follow.
/// </param>
public readonly record struct SpliceResult(long Bytes, FlushResult End);
