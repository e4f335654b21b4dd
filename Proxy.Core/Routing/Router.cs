using Proxy.Core.Routing.Files;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Selection;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing;

/// <summary>
/// Chooses a backend for each request: finds the host's route, then lets its <see cref="RoundRobin"/> select one of the
/// healthy backends. One for the process.
/// </summary>
public sealed class Router : IAsyncDisposable
{
    /// <summary>The longest Host value that is looked up; a name has at most 253 characters (RFC 1035).</summary>
    public const int HostBytesMax = 512;

    private readonly IRouteStore _routes;
    private readonly RouteReader _reader;
    private readonly RoutingSettings _settings;
    private readonly ChangeTracker _changes;
    private readonly Clock _clock;
    private readonly long _markMilliseconds;
    private readonly MarkPublisher _publisher;
    private readonly RouteTable _table;
    private readonly DeadMarkLog _deadMarks;
    private readonly InvalidRouteLog _invalidRoutes;
    private long _markings;
    private long _trials;

    /// <param name="routes">The store of routes.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="changes">The changes of routes that are pushed.</param>
    /// <param name="errors">Takes one line for each problem.</param>
    public Router(IRouteStore routes, RoutingSettings settings, ChangeTracker changes, Action<string> errors)
    {
        _routes = routes;
        _settings = settings;
        _changes = changes;
        _clock = changes.Clock;
        _markMilliseconds = (long)settings.DeadBackendTime.TotalMilliseconds;
        _publisher = new MarkPublisher(routes, _clock, errors);
        _reader = new RouteReader(routes, _publisher, changes, errors);
        _table = new RouteTable(_reader, settings, changes, _clock);
        _deadMarks = new DeadMarkLog(host => _reader.ReadAsync(host, null), changes, errors);
        _reader.Read = _deadMarks.Read;
        _invalidRoutes = new InvalidRouteLog(routes, _clock, settings.InvalidRouteDelay, errors);
        (_reader.OnInvalidRoute, routes.OnInvalidRoute, changes.Seen) =
            (_invalidRoutes.Examine, _invalidRoutes.Examine, _invalidRoutes.Changed);
    }

    /// <summary>The routes to serve while the store has never been available; null for none.</summary>
    public Snapshot? Snapshot
    {
        get => _reader.Snapshot;
        init => _reader.Snapshot = value;
    }

    /// <summary>
    /// Receives each backend that the store's dead set contains for a limited time; null for no monitor.
    /// </summary>
    public Action<DeadMessage>? DeadSeen
    {
        get => _reader.DeadSeen;
        init => _reader.DeadSeen = value;
    }

    /// <summary>Whether there is any route to serve without the store.</summary>
    public bool HasRoutes => Routes > 0 || _reader.Snapshot is { Count: > 0 };

    /// <summary>Whether routes are served without the store: there are some, and it is permitted.</summary>
    public bool ServesLastKnown => HasRoutes && _settings.StaleRoutes != TimeSpan.Zero;

    /// <summary>Hosts whose route is in memory. For metrics.</summary>
    public int Routes => _table.Bounds.Routes;

    /// <summary>The frontends in memory, for tests.</summary>
    internal int Frontends => _reader.Frontends.Count;

    /// <summary>Hosts that are known to have no route. For metrics.</summary>
    public int UnknownHosts => _table.Bounds.Unknown;

    /// <summary>How often a backend was marked dead. For metrics.</summary>
    public long Markings => Interlocked.Read(ref _markings);

    /// <summary>How often a dead backend was tried because its host had no other. For metrics.</summary>
    public long Trials => Interlocked.Read(ref _trials);

    /// <summary>How long changes have not been pushed; zero while they are. For metrics.</summary>
    public TimeSpan Staleness => _changes.Staleness;

    /// <summary>Whether changes should be pushed and are not, so that routes may be outdated.</summary>
    public bool IsStale => _changes.Epoch == ChangeTracker.Disconnected;

    /// <summary>Whether the store cannot push changes at all.</summary>
    public bool IsUntracked => _changes.Epoch == ChangeTracker.Polling;

    /// <summary>The frontends that are in use.</summary>
    internal FrontendTable InUse => _reader.Frontends;

    /// <summary>Chooses a backend, synchronously if the route is cached. Never throws.</summary>
    /// <param name="host">The Host value as received; not retained.</param>
    /// <param name="attempt">What was tried before for the same request.</param>
    public ValueTask<Choice> ChooseAsync(ReadOnlySpan<byte> host, Attempt attempt = default)
    {
        if (host.Length > HostBytesMax) return new ValueTask<Choice>(NoRoute());
        if (_table.TryFind(host, out var route))
            return new ValueTask<Choice>(route is null ? NoRoute() : Choose(route, attempt));
        return new ValueTask<Choice>(ReadAndChooseAsync(host.ToArray(), attempt));
    }

    /// <summary>Returns the same choice, but of the backend at that address if it is healthy.</summary>
    public Choice Prefer(in Choice choice, BackendAddress address)
    {
        if (choice.Route is not { } route || choice.IsTrial) return choice;
        var preferred = Array.Find(route.Healthy(_clock.Now), backend => address.Equals(backend.Address));
        return preferred is null ? choice : choice with { Backend = preferred };
    }

    /// <summary>
    /// Marks a backend dead that could not be connected to, here at once, on other nodes soon. Returns true if that is
    /// new and the caller has to log it.
    /// </summary>
    public bool MarkDead(in Choice choice)
    {
        if (choice is not { Route: { } route, Backend: { } backend }) return false;
        if (!_settings.MarksLoneBackend && route.Backends.Length == 1) return false;
        Interlocked.Increment(ref _markings);
        var now = _clock.Now;
        var mark = route.State.Fail(backend, now, now + _markMilliseconds);
        if (mark is null) return false;
        _deadMarks.Marked(route.State, backend);
        _publisher.Publish(route, mark);
        return !choice.IsTrial;
    }

    /// <summary>Reports a connection to the chosen backend: if it was tried as dead, it is healthy again.</summary>
    public void ReportConnected(in Choice choice)
    {
        if (choice is not { IsTrial: true, Route: { } route, Backend: { } backend }) return;
        var now = _clock.Now;
        var mark = route.State.Revive(backend, now, now + _markMilliseconds);
        if (mark is not null) _publisher.Publish(route, mark);
    }

    /// <summary>Handles the report of a node, perhaps this one, that a backend failed.</summary>
    public void OnPeerReport(DeadMessage message)
    {
        _reader.Frontends.OnPeerReport(message, _clock.Now + _markMilliseconds);
        _deadMarks.Published(_reader.Frontends.Of(message.Frontend), message.Url);
    }

    /// <summary>Reports that the health monitor has removed the mark of a backend.</summary>
    public void ReportProbed(DeadMessage message) =>
        _deadMarks.Probed(_reader.Frontends.Of(message.Frontend), message.Url);

    /// <summary>Returns null if routes can be served, else the reason.</summary>
    public async ValueTask<string?> PingAsync()
    {
        var reason = await _routes.PingAsync();
        var mayServeOld = _settings.StaleRoutes is not { } limit || _changes.Staleness < limit;
        return mayServeOld && HasRoutes ? null : reason;
    }

    /// <summary>Summarizes all routes in memory; lists at most <paramref name="namedMax"/> dead backends.</summary>
    public RouteSummary Summarize(int namedMax) => RouteSummary.Of(_table.Routes, _clock.Now, namedMax);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _invalidRoutes.DisposeAsync();
        await _deadMarks.DisposeAsync();
        await _publisher.DisposeAsync();
    }

    private async Task<Choice> ReadAndChooseAsync(byte[] host, Attempt attempt)
    {
        try
        {
            return await _table.FindAsync(host) is { } route ? Choose(route, attempt) : NoRoute();
        }
        catch (RoutesUnavailableException e)
        {
            return new Choice(Failure.RoutesUnavailable, null, null, e.Message);
        }
    }

    private Choice Choose(Route route, Attempt attempt)
    {
        var now = _clock.Now;
        route.State.CountRequest();
        var backend = route.State.Selection.Choose(route.Healthy(now), attempt);
        return backend is null ? Last(route, attempt, now) : new Choice(Failure.None, route, backend, null);
    }

    private Choice Last(Route route, Attempt attempt, long now)
    {
        if (Array.TrueForAll(route.Backends, backend => backend.Fault is not Failure.None))
        {
            var faulty = route.Backends[0];
            var detail = faulty.Fault is Failure.NoRoute ? null : $"not usable: {faulty}";
            return new Choice(faulty.Fault, route, faulty, detail);
        }
        if (attempt.Count == 0 && Trial(route, now) is { } trial)
        {
            Interlocked.Increment(ref _trials);
            return new Choice(Failure.None, route, trial, null, IsTrial: true);
        }

        return new Choice(Failure.AllBackendsDead, route, null, "all backends are dead");
    }

    // A backend that was marked by hand or by an external checker is not tried.
    private static Backend? Trial(Route route, long now)
    {
        if (!route.State.IsTrialDue(now)) return null;
        var failed = Array.FindAll(
            route.Backends, backend => backend.Fault is Failure.None && route.State.HasFailed(backend.Url, now));
        if (failed.Length == 0 || !route.State.MayTry(now)) return null;
        return route.State.Selection.Choose(failed, default);
    }

    private static Choice NoRoute() => new(Failure.NoRoute, null, null, "no backends registered for host");
}
