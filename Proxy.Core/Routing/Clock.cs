namespace Proxy.Core.Routing;

/// <summary>Milliseconds that only go forward. Asked on every request, hence the coarse clock of the system.</summary>
/// <param name="time">Another time, for tests; null for the system's.</param>
public sealed class Clock(TimeProvider? time = null)
{
    /// <summary>Milliseconds since some moment before the process began; never 0.</summary>
    public long Now => time is null ? Environment.TickCount64 : 1 + (long)time.GetElapsedTime(0).TotalMilliseconds;
}
