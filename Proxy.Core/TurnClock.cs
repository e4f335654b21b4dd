using System.Diagnostics;

namespace Proxy.Core;

/// <summary>
/// The clock of the event loops: a loop reads the time once per turn, when the kernel has reported what is ready, and
/// everything in that turn happens at that time. An event that waited for its place in the turn thus counts from the
/// moment it was ready. On other threads it is the current time.
/// </summary>
public static class TurnClock
{
    [ThreadStatic]
    private static long _turnAt;

    /// <summary>Now, in <see cref="Stopwatch"/> ticks.</summary>
    public static long Now => _turnAt is var turnAt and not 0 ? turnAt : Stopwatch.GetTimestamp();

    /// <summary>Starts another turn of the calling thread's loop.</summary>
    internal static void BeginTurn() => _turnAt = Stopwatch.GetTimestamp();
}
