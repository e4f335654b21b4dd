using Proxy.Core.Transport;

namespace Proxy.Http.Clients;

/// <summary>How far a stop has come; asked for at every answer.</summary>
internal sealed class Drain(Deadlines deadlines)
{
    private long _by;
    private volatile bool _isOver;

    /// <summary>Whether the proxy is stopping: every answer is its connection's last.</summary>
    public bool HasBegun => Volatile.Read(ref _by) != 0;

    /// <summary>While stopping: how long that may still take.</summary>
    public TimeSpan? Left => HasBegun
        ? TimeSpan.FromMilliseconds(Math.Max(0, Volatile.Read(ref _by) - deadlines.Now))
        : null;

    /// <summary>Whether nothing is waited for any more: what fails from here on fails because of that.</summary>
    public bool IsOver => _isOver;

    /// <summary>Begins to stop.</summary>
    public void Begin(TimeSpan limit) => Volatile.Write(ref _by, deadlines.Now + (long)limit.TotalMilliseconds);

    /// <summary>Stops now.</summary>
    public void End() => _isOver = true;
}
