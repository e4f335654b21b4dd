using System.Text;
using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>Reads a host's route from the store, and determines what it depends on.</summary>
/// <param name="routes">The store.</param>
/// <param name="publisher">Publishes what this node found out.</param>
/// <param name="changes">The changes that are pushed.</param>
/// <param name="errors">Takes one line for each problem.</param>
internal sealed class RouteReader(
    IRouteStore routes, MarkPublisher publisher, ChangeTracker changes, Action<string> errors)
{
    /// <summary>How long a copy of the store may lag behind its writes.</summary>
    private const long LagMilliseconds = 1000;

    /// <summary>The last known routes of an earlier process; null for none.</summary>
    public Snapshot? Snapshot { get; set; }

    /// <summary>Receives each backend that a read shows as dead for a limited time.</summary>
    public Action<DeadMessage>? DeadSeen { get; set; }

    /// <summary>Receives everything that was read.</summary>
    public Action<CachedRoute>? Read { get; set; }

    /// <summary>Receives the name of each frontend whose list was read for the first time and is invalid.</summary>
    public Action<string>? OnInvalidRoute { get; set; }

    /// <summary>The frontends the routes belong to.</summary>
    public FrontendTable Frontends { get; } = new(changes.Clock);

    /// <exception cref="RoutesUnavailableException">The store cannot be read.</exception>
    public async Task<CachedRoute> ReadAsync(byte[] host, CachedRoute? old)
    {
        // The versions are taken before the read starts: a change in between is then noticed.
        var names = HostForms.Of(host);
        var epoch = changes.Epoch;
        var published = publisher.PublishedCount;
        var lists = Array.ConvertAll(names, name => Version("frontend:"u8, name));
        var sets = Array.ConvertAll(names, name => Version("dead:"u8, name));

        var likely = old is null ? names.Length : Math.Min(old.Name + 1, names.Length);
        var reading = await routes.ReadAsync(names, likely);
        if (reading is not null || changes.Epoch != ChangeTracker.Disconnected) Snapshot?.Record(names, reading);
        if (reading is null) return new CachedRoute(null, names.Length, epoch, changes.Clock.Now, lists);

        var frontend = Frontends.Of(names[reading.Name]);
        var before = old?.Route?.State == frontend ? old.Route : null;
        var route = new Route(frontend, reading, changes.Clock.Now, before);
        var lag = routes.ReadsItsWrites ? 0 : LagMilliseconds;
        var isCertain = frontend.Confirm(route, published, changes.Clock.Now - lag, isCopy: lag > 0);
        ReportFaults(route);
        ReportDead(route, reading);
        var isFirst = before is null || epoch == ChangeTracker.Polling;    // Other changes are pushed.
        if (isFirst && InvalidRoute.InList(frontend.Name, reading.List) is not null)
            OnInvalidRoute?.Invoke(frontend.Name);
        KeyVersion[] keys = [.. lists.AsSpan(0, reading.Name + 1), sets[reading.Name]];
        var known = new CachedRoute(route, reading.Name, epoch, changes.Clock.Now, keys) { IsCertain = isCertain };
        Read?.Invoke(known);
        return known;
    }

    /// <summary>Returns the route of the snapshot, which may be outdated; null if it has none.</summary>
    public CachedRoute? ReadSnapshot(byte[] host)
    {
        var names = HostForms.Of(host);
        if (Snapshot?.Find(names) is not { } reading) return null;
        var route = new Route(Frontends.Of(names[reading.Name]), reading, changes.Clock.Now);
        ReportFaults(route);
        return new CachedRoute(route, reading.Name, ChangeTracker.Disconnected, changes.Clock.Now, []);
    }

    private KeyVersion Version(ReadOnlySpan<byte> prefix, string name) =>
        changes.VersionOf([.. prefix, .. Encoding.Latin1.GetBytes(name)]);

    // A set that never expires was made by hand, and is not removed.
    private void ReportDead(Route route, StoredRoute reading)
    {
        if (DeadSeen is null || reading.DeadFor is null) return;
        foreach (var index in reading.Dead) DeadSeen(new DeadMessage(route.Frontend, route.Backends[index].Url, index));
    }

    private void ReportFaults(Route route)
    {
        var faults = string.Join(", ", route.Backends
            .Where(backend => backend.Fault is not Failure.None)
            .Select(backend => $"{backend.Index} \"{backend.Url}\""));
        if (route.State.IsNewFault(faults)) errors($"frontend:{route.Frontend}: ignoring invalid backends: {faults}");
    }
}
