namespace Proxy.Core.Telemetry;

/// <summary>Lets something happen at once and then at most once a minute. One thread uses it.</summary>
internal sealed class MinutePace(TimeProvider time)
{
    private long? _last;

    /// <summary>Whether it may happen now; the minute begins when it may.</summary>
    public bool IsDue()
    {
        if (_last is { } last && time.GetElapsedTime(last) < TimeSpan.FromMinutes(1)) return false;
        _last = time.GetTimestamp();
        return true;
    }
}
