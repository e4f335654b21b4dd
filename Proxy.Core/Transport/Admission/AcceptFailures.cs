using Proxy.Core.Telemetry.Logs;

namespace Proxy.Core.Transport.Admission;

/// <summary>Reports that clients cannot be accepted: at once, and then at most once a minute. Thread-safe.</summary>
internal sealed class AcceptFailures(Action<string> report, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly RateLimiter _reportLimit = new(time, TimeSpan.FromMinutes(1));

    public void Report(string reason)
    {
        lock (_lock)
        {
            if (!_reportLimit.IsDue()) return;
        }

        report($"cannot accept clients: {reason}; they wait in the kernel's queue (logged once a minute)");
    }
}
