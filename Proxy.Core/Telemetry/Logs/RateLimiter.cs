namespace Proxy.Core.Telemetry.Logs;

/// <summary>Lets something happen at once and then at most once in a while. One thread uses it.</summary>
internal sealed class RateLimiter(TimeProvider time, TimeSpan every)
{
    private long? _last;

    /// <summary>Whether it may happen now; the while begins when it may.</summary>
    public bool IsDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < every) return false;
        _last = time.GetTimestamp();
        return true;
    }
}
