using System.Text;
using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>Reads a host's route from the store and says what it depends on.</summary>
/// <param name="routes">The store.</param>
/// <param name="publisher">Tells the store what this node found out.</param>
/// <param name="changes">What is pushed of changes.</param>
/// <param name="errors">Takes one line a problem.</param>
internal sealed class RouteReader(
    IRouteStore routes, MarkPublisher publisher, ChangeTracker changes, Action<string> errors)
{
    /// <summary>How long a copy of the store may lag behind what it was told.</summary>
    private const long LagMilliseconds = 1000;

    /// <summary>What was true when this process was not there yet; null for nothing.</summary>
    public Snapshot? Snapshot { get; set; }

    /// <summary>Given each backend that a reading shows as dead for a time.</summary>
    public Action<DeadMessage>? DeadSeen { get; set; }

    /// <summary>Given everything that was read.</summary>
    public Action<CachedRoute>? Read { get; set; }

    /// <summary>Given the name of each frontend whose list was read for the first time and has a mistake.</summary>
    public Action<string>? Mistaken { get; set; }

    /// <summary>The frontends the routes belong to.</summary>
    public FrontendTable Frontends { get; } = new(changes.Clock);

    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    public async Task<CachedRoute> ReadAsync(byte[] host, CachedRoute? old)
    {
        // What the reading depends on is taken before it is sent: a change in between is then seen as one.
        var names = HostForms.Of(host);
        var epoch = changes.Epoch;
        var told = publisher.PublishedCount;
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
        var isCertain = frontend.Confirm(route, told, changes.Clock.Now - lag, isCopy: lag > 0);
        ReportFaults(route);
        ReportDead(route, reading);
        var isNews = before is null || epoch == ChangeTracker.Polling;    // Other changes are pushed.
        if (isNews && InvalidRoute.InList(frontend.Name, reading.List) is not null) Mistaken?.Invoke(frontend.Name);
        KeyVersion[] keys = [.. lists.AsSpan(0, reading.Name + 1), sets[reading.Name]];
        var known = new CachedRoute(route, reading.Name, epoch, changes.Clock.Now, keys) { IsCertain = isCertain };
        Read?.Invoke(known);
        return known;
    }

    /// <summary>The route by the snapshot, not to be taken for true; null if it has none.</summary>
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

    // A set that never expires was made by hand, and is nobody's to end.
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
        if (route.State.IsNewFault(faults)) errors($"frontend:{route.Frontend}: these are no backends: {faults}");
    }
}
