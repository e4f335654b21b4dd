using Proxy.Core.Telemetry.Logs;

namespace Proxy.Core.Transport.Admission;

/// <summary>Tells that clients cannot be accepted: at once, and then at most once a minute. Any thread may.</summary>
internal sealed class AcceptFailures(Action<string> report, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly RateLimiter _pace = new(time, TimeSpan.FromMinutes(1));

    public void Report(string reason)
    {
        lock (_lock)
        {
            if (!_pace.IsDue()) return;
        }

        report($"cannot accept clients: {reason}; they wait until others are gone (told once a minute)");
    }
}
