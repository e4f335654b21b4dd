using System.Diagnostics;

namespace Proxy.Core;

/// <summary>
/// The clock of what happens on event loops: each reads the time once a turn, when the kernel has told what is ready,
/// and everything in that turn happens at that time. What had to wait for its place in the turn so counts from the
/// moment it was ready. Elsewhere it is the time of asking.
/// </summary>
public static class TurnClock
{
    [ThreadStatic]
    private static long _turnAt;

    /// <summary>Now, in <see cref="Stopwatch"/> ticks.</summary>
    public static long Now => _turnAt is var turnAt and not 0 ? turnAt : Stopwatch.GetTimestamp();

    /// <summary>Another turn of the calling thread's loop begins.</summary>
    internal static void BeginTurn() => _turnAt = Stopwatch.GetTimestamp();
}
