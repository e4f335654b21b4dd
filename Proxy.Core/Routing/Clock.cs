using System.Diagnostics;

namespace Proxy.Core.Routing;

/// <summary>Milliseconds of a monotonic clock. Read on every request, hence from <see cref="TurnClock"/>.</summary>
/// <param name="time">Another clock, for tests; null for the system's.</param>
public sealed class Clock(TimeProvider? time = null)
{
    private static readonly long TicksPerMillisecond = Stopwatch.Frequency / 1000;

    /// <summary>Milliseconds since some moment before the process started; never 0.</summary>
    public long Now =>
        1 + (time is null ? TurnClock.Now / TicksPerMillisecond : (long)time.GetElapsedTime(0).TotalMilliseconds);
}
