using System.Collections.Concurrent;

namespace Proxy.Core.Routing;

/// <summary>The frontends that are in use, or of which a failure is remembered.</summary>
internal sealed class Frontends(Clock clock)
{
    /// <summary>After so many failures heard of, frontends that nobody uses are looked through.</summary>
    private const int HeardPerSweep = 256;

    private readonly ConcurrentDictionary<string, Frontend> _byName = new();
    private int _heard;

    public int Count => _byName.Count;

    /// <summary>All of them, as they are at some moment during the enumeration.</summary>
    public IEnumerable<Frontend> All => _byName.Select(pair => pair.Value);

    public Frontend Of(string name) => _byName.GetOrAdd(name, static name => new Frontend(name));

    /// <summary>Another node saw a backend fail.</summary>
    public void Hear(DeadMessage message, long deadline)
    {
        Of(message.Frontend).Hear(message, clock.Now, deadline);
        if (Interlocked.Increment(ref _heard) % HeardPerSweep == 0) Sweep();
    }

    /// <summary>A route of the frontend came into the table (+1) or left it (-1).</summary>
    public void Use(Frontend frontend, int change)
    {
        if (frontend.Use(change) == 0 && !frontend.IsMarked(clock.Now)) Forget(frontend);
    }

    private void Sweep()
    {
        foreach (var (_, frontend) in _byName)
            if (frontend.Use(0) == 0 && !frontend.IsMarked(clock.Now)) Forget(frontend);
    }

    private void Forget(Frontend frontend) => _byName.TryRemove(KeyValuePair.Create(frontend.Name, frontend));
}
