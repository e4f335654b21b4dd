namespace Proxy.Core.Telemetry.Logs;

/// <summary>Permits something at once, and then at most once per period. One thread uses it.</summary>
internal sealed class RateLimiter(TimeProvider time, TimeSpan every)
{
    private long? _last;

    /// <summary>Returns whether it is permitted now; if so, the period starts.</summary>
    public bool IsDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < every) return false;
        _last = time.GetTimestamp();
        return true;
    }
}
