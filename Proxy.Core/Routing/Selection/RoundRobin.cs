namespace Proxy.Core.Routing.Selection;

/// <summary>
/// Selects the backends of one frontend in turn, over all its requests. A retry selects a backend that was not tried,
/// on another host than the last one if there is one.
/// </summary>
internal sealed class RoundRobin
{
    private long _turn = -1;

    /// <summary>Returns one of the candidates; null if all were tried.</summary>
    public Backend? Choose(Backend[] candidates, in Attempt attempt)
    {
        if (candidates.Length == 0) return null;
        var turn = (ulong)Interlocked.Increment(ref _turn);
        Backend? onLastHost = null;
        for (var i = 0; i < candidates.Length; i++)
        {
            var backend = candidates[(int)((turn + (ulong)i) % (ulong)candidates.Length)];
            if (attempt.Has(backend)) continue;
            if (!attempt.IsOnLastHost(backend)) return backend;
            onLastHost ??= backend;
        }

        return onLastHost;
    }

    /// <summary>Sets the next turn, for tests.</summary>
    internal void StartAt(long turn) => Volatile.Write(ref _turn, turn - 1);
}
