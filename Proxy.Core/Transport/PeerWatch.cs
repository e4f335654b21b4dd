namespace Proxy.Core.Transport;

/// <summary>
/// Watches the peer of one connection while another connection is made or read on its behalf: the wait is cancelled
/// when the peer's connection is lost, or when the peer has sent its end (FIN) and the wait has lasted for <see
/// cref="HalfClosedWaitMax"/> since. It can be reused for another pair of connections.
/// </summary>
public sealed class PeerWatch
{
    /// <summary>The longest wait on behalf of a peer that has sent its end.</summary>
    public static readonly TimeSpan HalfClosedWaitMax = TimeSpan.FromSeconds(1);

    private readonly bool _isHalfCloseBounded;
    private object? _awaited;
    private int _wait;
    private int _overWait = -1;
    private int _seenWait;
    private long _seenSince;
    private volatile bool _isHeld;

    /// <param name="isHalfCloseBounded">False if the end (FIN) of the peer limits no wait.</param>
    public PeerWatch(bool isHalfCloseBounded = true) => _isHalfCloseBounded = isHalfCloseBounded;

    /// <summary>
    /// While true nothing is cancelled: bytes that the peer sent before its loss are being forwarded.
    /// </summary>
    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }

    /// <summary>Whether the current wait, or the last one, was cancelled because of the peer.</summary>
    public bool IsOver => Volatile.Read(ref _overWait) == Volatile.Read(ref _wait);

    /// <summary>Whether a wait is under way.</summary>
    internal bool IsWaiting => Volatile.Read(ref _awaited) is not null;

    /// <summary>Starts a wait: the other connection is read on behalf of <paramref name="peer"/>.</summary>
    public void Begin(Connection peer, Connection awaited) => BeginWait(peer, awaited);

    /// <summary>
    /// Starts a wait: a connection is made on behalf of <paramref name="peer"/>, unless that is cancelled.
    /// </summary>
    public void Begin(Connection peer, CancellationTokenSource connecting) => BeginWait(peer, connecting);

    /// <summary>The wait has ended.</summary>
    public void End() => Volatile.Write(ref _awaited, null);

    /// <summary>Cancels the wait: nothing that may still arrive is of use to the peer.</summary>
    public void EndWait()
    {
        Interlocked.MemoryBarrier();
        EndWait(Volatile.Read(ref _wait));
    }

    /// <summary>Handles the loss of the peer's connection; called from any thread.</summary>
    internal void OnReset()
    {
        if (!_isHeld) EndWait();
    }

    /// <summary>Handles the end of the peer; called by <see cref="Deadlines"/> at each tick, in milliseconds.</summary>
    internal void OnHalfClosed(long now)
    {
        if (!_isHalfCloseBounded || _isHeld) return;
        var wait = Volatile.Read(ref _wait);
        if (_seenWait != wait) (_seenWait, _seenSince) = (wait, now);
        else if (now - _seenSince >= (long)HalfClosedWaitMax.TotalMilliseconds) EndWait(wait);
    }

    private void BeginWait(Connection peer, object awaited)
    {
        Volatile.Write(ref _awaited, awaited);

        // A full fence: either a loss that another thread sees finds this wait, or it is seen below.
        Interlocked.Increment(ref _wait);
        if (peer.WasReset) OnReset();
    }

    // A number that is not the current wait's any more cancels nothing.
    private void EndWait(int wait)
    {
        Interlocked.Exchange(ref _overWait, wait);
        switch (Volatile.Read(ref _awaited))
        {
            case Connection connection:
                connection.Input.CancelPendingRead();
                break;
            case CancellationTokenSource connecting:
                Cancel(connecting);
                break;
        }
    }

    private static void Cancel(CancellationTokenSource connecting)
    {
        try
        {
            _ = connecting.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The connection was made in the meantime.
        }
    }
}
