using System.Collections.Concurrent;
using Proxy.Core.Routing.Health;

namespace Proxy.Core.Routing;

/// <summary>The frontends that are in use, or of which a failure is remembered.</summary>
internal sealed class FrontendTable(Clock clock)
{
    /// <summary>After so many failures heard of, frontends that nobody uses are looked through.</summary>
    private const int PeerReportsPerSweep = 256;

    private readonly ConcurrentDictionary<string, Frontend> _byName = new();
    private int _heard;

    public int Count => _byName.Count;

    /// <summary>All of them, as they are at some moment during the enumeration.</summary>
    public IEnumerable<Frontend> All => _byName.Select(pair => pair.Value);

    public Frontend Of(string name) => _byName.GetOrAdd(name, static name => new Frontend(name));

    /// <summary>Another node saw a backend fail.</summary>
    public void OnPeerReport(DeadMessage message, long deadline)
    {
        Of(message.Frontend).OnPeerReport(message, clock.Now, deadline);
        if (Interlocked.Increment(ref _heard) % PeerReportsPerSweep == 0) Sweep();
    }

    /// <summary>A route of the frontend came into the table (+1) or left it (-1).</summary>
    public void Use(Frontend frontend, int change)
    {
        if (frontend.Use(change) == 0 && !frontend.IsMarked(clock.Now)) Remove(frontend);
    }

    private void Sweep()
    {
        foreach (var (_, frontend) in _byName)
            if (frontend.Use(0) == 0 && !frontend.IsMarked(clock.Now)) Remove(frontend);
    }

    private void Remove(Frontend frontend) => _byName.TryRemove(KeyValuePair.Create(frontend.Name, frontend));
}
