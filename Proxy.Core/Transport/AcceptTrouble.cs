namespace Proxy.Core.Transport;

/// <summary>Tells that clients cannot be accepted: at once, and then at most once a minute. Any thread may.</summary>
internal sealed class AcceptTrouble(Action<string> report, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Telemetry.Pace _pace = new(time, TimeSpan.FromMinutes(1));

    public void Tell(string reason)
    {
        lock (_lock)
        {
            if (!_pace.IsDue()) return;
        }

        report($"cannot accept clients: {reason}; they wait until others are gone (told once a minute)");
    }
}
