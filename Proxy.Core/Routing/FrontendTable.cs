using System.Collections.Concurrent;
using Proxy.Core.Routing.Health;

namespace Proxy.Core.Routing;

/// <summary>The frontends that are in use or have a dead mark.</summary>
internal sealed class FrontendTable(Clock clock)
{
    /// <summary>After this many reports from peers, unused frontends are removed.</summary>
    private const int PeerReportsPerSweep = 256;

    private readonly ConcurrentDictionary<string, Frontend> _byName = new();
    private int _peerReports;

    public int Count => _byName.Count;

    /// <summary>All frontends, as they are at some moment during the enumeration.</summary>
    public IEnumerable<Frontend> All => _byName.Select(pair => pair.Value);

    public Frontend Of(string name) => _byName.GetOrAdd(name, static name => new Frontend(name));

    /// <summary>Handles a peer's report that a backend failed.</summary>
    public void OnPeerReport(DeadMessage message, long deadline)
    {
        Of(message.Frontend).OnPeerReport(message, clock.Now, deadline);
        if (Interlocked.Increment(ref _peerReports) % PeerReportsPerSweep == 0) Sweep();
    }

    /// <summary>Counts a route of the frontend that was added to the table (+1) or removed from it (-1).</summary>
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
