using System.IO.Pipelines;
using System.Net;

namespace Proxy.Core.Transport;

/// <summary>
/// A byte stream in two directions. A flush of <see cref="Output"/> completes when the bytes have left the process, so
/// a slow peer is felt at once. One task reads and one task writes at a time.
/// </summary>
public abstract class Connection : IDuplexPipe, IAsyncDisposable
{
    private const long Never = 0;
    private const long Overdue = -1;
    private long _readBy;
    private long _writeBy;
    private EndPoint? _source;
    private PeerWatch? _watch;

    /// <summary>The bytes the peer sends.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>The bytes that go to the peer; completing it is a half close.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>The peer's address, or the one that a proxy in front named.</summary>
    public EndPoint RemoteEndPoint => _source ?? PeerEndPoint;

    /// <summary>The address at the other end of the socket.</summary>
    public abstract EndPoint PeerEndPoint { get; }

    /// <summary>Which of the transport's homes (event loops) it lives on; 0 where there is one.</summary>
    public virtual int LoopIndex => 0;

    /// <summary>Whether the caller runs on the thread of that home, where nobody else runs at the same time.</summary>
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
    /// Begins to look for the peer's end, where only reading finds it, as that of TLS; what is read is kept for the
    /// next read. Not while a read is pending.
    /// </summary>
    public virtual void CheckForFin()
    {
    }

    /// <summary>How far what was sent has come.</summary>
    public virtual SendProgress SendProgress => default;

    /// <summary>
    /// Notified when this connection's peer is lost, or has sent its end, while nothing is read from it; null for none.
    /// </summary>
    public virtual PeerWatch? Watch
    {
        get => Volatile.Read(ref _watch);
        set => Volatile.Write(ref _watch, value);
    }

    /// <summary>Completes when other connections of the same home have had their turn.</summary>
    public virtual async Task YieldAsync() => await Task.Yield();

    /// <summary>The version of TLS the peer speaks; empty without TLS.</summary>
    public virtual ReadOnlySpan<byte> TlsVersion => default;

    /// <summary>Whether the peer, a client, has resumed a session of TLS.</summary>
    public virtual bool IsTlsResumed => false;

    /// <summary>Whether the peer speaks TLS: decides the scheme, and nothing else.</summary>
    public virtual bool IsEncrypted => false;

    /// <summary>The pending read, or the next one, ended because <see cref="ReadBy"/> passed.</summary>
    public bool IsReadOverdue => Volatile.Read(ref _readBy) == Overdue;

    /// <summary>The pending flush, or the next one, ended because <see cref="WriteBy"/> passed.</summary>
    public bool IsWriteOverdue => Volatile.Read(ref _writeBy) == Overdue;

    /// <summary>Where <see cref="Deadlines"/> keeps this connection; its business alone.</summary>
    internal int DeadlineSlot { get; set; } = -1;

    /// <summary>
    /// The connection was reset before its end had come, and sending has found it out. A reset is told once: to who
    /// receives later it looks like the end of the stream, and what came before that may not be all.
    /// </summary>
    public virtual bool IsEndDoubtful => false;

    /// <summary>
    /// Sets when reading ends, in milliseconds of <see cref="Deadlines.Now"/>; 0 means never. A read that is then
    /// pending is cancelled, and <see cref="IsReadOverdue"/> tells why.
    /// </summary>
    public void ReadBy(long deadline) => Volatile.Write(ref _readBy, deadline);

    /// <summary>Sets when writing ends, in milliseconds of <see cref="Deadlines.Now"/>; 0 means never.</summary>
    public void WriteBy(long deadline) => Volatile.Write(ref _writeBy, deadline);

    /// <summary>The peer is a proxy, and this is whom it speaks for. Said before anything is served.</summary>
    public void SetSource(EndPoint source) => _source = source;

    /// <summary>
    /// Passes on what comes next to another connection without bringing it into this process, where the transport can
    /// do so for the two of them; else nothing is done. It waits for the first bytes and ends when there are no more at
    /// once, or when others are to have their turn. Everything received before must have been consumed, and everything
    /// written to the other one flushed. The end of the stream is left to the next read.
    /// </summary>
    /// <exception cref="IOException">The connection was reset or aborted.</exception>
    public virtual ValueTask<SpliceResult> SpliceAsync(Connection to) => default;

    /// <summary>
    /// A half close that says that something is missing, where the connection has a way to say so: TLS does not send
    /// its own end (close_notify, RFC 8446 §6.1). What was flushed arrives first.
    /// </summary>
    public virtual ValueTask EndIncompleteAsync() => Output.CompleteAsync();

    /// <summary>
    /// Ends both directions: whatever waits ends now, from whichever thread this is called, and
    /// <see cref="DisposeAsync"/> will reset the connection, so that the peer can tell that it is not complete.
    /// </summary>
    public abstract void Abort();

    /// <summary>
    /// Closes; what was flushed arrives, then the stream ends, unless it was aborted. Called by the owner, once, when
    /// nothing is read or written any more.
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
