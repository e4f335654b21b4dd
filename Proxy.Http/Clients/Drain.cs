using Proxy.Core.Transport;

namespace Proxy.Http.Clients;

/// <summary>The progress of the proxy's shutdown; every response reads it.</summary>
internal sealed class Drain(Deadlines deadlines)
{
    private long _by;
    private volatile bool _isOver;

    /// <summary>Whether the proxy is shutting down: every response is the last of its connection.</summary>
    public bool HasBegun => Volatile.Read(ref _by) != 0;

    /// <summary>The remaining time of the drain; null when the proxy is not shutting down.</summary>
    public TimeSpan? Left => HasBegun
        ? TimeSpan.FromMilliseconds(Math.Max(0, Volatile.Read(ref _by) - deadlines.Now))
        : null;

    /// <summary>Whether the drain is over: the exchanges that are left are aborted and fail for that reason.</summary>
    public bool IsOver => _isOver;

    /// <summary>Begins the drain, which may take at most <paramref name="limit"/>.</summary>
    public void Begin(TimeSpan limit) => Volatile.Write(ref _by, deadlines.Now + (long)limit.TotalMilliseconds);

    /// <summary>Ends the drain.</summary>
    public void End() => _isOver = true;
}
