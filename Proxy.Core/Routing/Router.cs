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
    private readonly MarkPublisher _teller;
    private readonly RouteTable _table;
    private readonly DeadMarkLog _deadMarks;
    private readonly InvalidRouteLog _mistakes;
    private long _markings;
    private long _trials;

    /// <param name="routes">Where routes are kept.</param>
    /// <param name="settings">What the operator decided.</param>
    /// <param name="changes">What is pushed of their changes.</param>
    /// <param name="errors">Takes one line a problem.</param>
    public Router(IRouteStore routes, RoutingSettings settings, ChangeTracker changes, Action<string> errors)
    {
        _routes = routes;
        _settings = settings;
        _changes = changes;
        _clock = changes.Clock;
        _markMilliseconds = (long)settings.DeadBackendTime.TotalMilliseconds;
        _teller = new MarkPublisher(routes, _clock, errors);
        _reader = new RouteReader(routes, _teller, changes, errors);
        _table = new RouteTable(_reader, settings, changes, _clock);
        _deadMarks = new DeadMarkLog(host => _reader.ReadAsync(host, null), changes, errors);
        _reader.Read = _deadMarks.Read;
        _mistakes = new InvalidRouteLog(routes, _clock, settings.MistakeWait, errors);
        (_reader.Mistaken, routes.OnInvalidRoute, changes.Seen) =
            (_mistakes.Examine, _mistakes.Examine, _mistakes.Changed);
    }

    /// <summary>What to serve while the store has never been there; null for nothing.</summary>
    public Snapshot? Snapshot
    {
        get => _reader.Snapshot;
        init => _reader.Snapshot = value;
    }

    /// <summary>Given each backend that the store's dead set holds for a time; null: nobody looks after them.</summary>
    public Action<DeadMessage>? DeadSeen
    {
        get => _reader.DeadSeen;
        init => _reader.DeadSeen = value;
    }

    /// <summary>Whether there is any route to serve without the store.</summary>
    public bool HasRoutes => Routes > 0 || _reader.Snapshot is { Count: > 0 };

    /// <summary>Whether routes are served without the store: there are some, and the operator wants it.</summary>
    public bool ServesLastKnown => HasRoutes && _settings.StaleRoutes != TimeSpan.Zero;

    /// <summary>Hosts whose route is in memory. For metrics.</summary>
    public int Routes => _table.Bounds.Routes;

    /// <summary>Frontends that are kept, for tests.</summary>
    internal int Frontends => _reader.Frontends.Count;

    /// <summary>Hosts that are known to have no route. For metrics.</summary>
    public int UnknownHosts => _table.Bounds.Unknown;

    /// <summary>How often a backend was found dead. For metrics.</summary>
    public long Markings => Interlocked.Read(ref _markings);

    /// <summary>How often a dead backend was tried because its host had no other. For metrics.</summary>
    public long Trials => Interlocked.Read(ref _trials);

    /// <summary>How long changes have not been pushed; zero while they are. For metrics.</summary>
    public TimeSpan Staleness => _changes.Staleness;

    /// <summary>Whether changes ought to be pushed and are not, so that what is served may be old.</summary>
    public bool IsStale => _changes.Epoch == ChangeTracker.Disconnected;

    /// <summary>Whether the store cannot push changes at all.</summary>
    public bool IsUntracked => _changes.Epoch == ChangeTracker.Polling;

    /// <summary>The frontends that are in use.</summary>
    internal FrontendTable InUse => _reader.Frontends;

    /// <summary>Chooses a backend, at once when the route is known. Never throws.</summary>
    /// <param name="host">The Host value as received; not kept.</param>
    /// <param name="attempt">What was tried before for the same request.</param>
    public ValueTask<Choice> ChooseAsync(ReadOnlySpan<byte> host, Attempt attempt = default)
    {
        if (host.Length > HostBytesMax) return new ValueTask<Choice>(NoRoute());
        if (_table.TryFind(host, out var route))
            return new ValueTask<Choice>(route is null ? NoRoute() : Choose(route, attempt));
        return new ValueTask<Choice>(ReadAndChooseAsync(host.ToArray(), attempt));
    }

    /// <summary>The same choice, but of the backend at that address if it is alive.</summary>
    public Choice Prefer(in Choice choice, BackendAddress address)
    {
        if (choice.Route is not { } route || choice.IsTrial) return choice;
        var preferred = Array.Find(route.Healthy(_clock.Now), backend => address.Equals(backend.Address));
        return preferred is null ? choice : choice with { Backend = preferred };
    }

    /// <summary>
    /// Takes a backend that could not be connected to out of service, here at once, elsewhere soon. True if that is
    /// news, which the caller has to log.
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
        _teller.Publish(route, mark);
        return !choice.IsTrial;
    }

    /// <summary>A connection to the chosen backend was established: if it was tried as dead, it is no longer.</summary>
    public void ReportConnected(in Choice choice)
    {
        if (choice is not { IsTrial: true, Route: { } route, Backend: { } backend }) return;
        var now = _clock.Now;
        var mark = route.State.Revive(backend, now, now + _markMilliseconds);
        if (mark is not null) _teller.Publish(route, mark);
    }

    /// <summary>A node, perhaps this one, published that it saw a backend fail.</summary>
    public void OnPeerReport(DeadMessage message)
    {
        _reader.Frontends.OnPeerReport(message, _clock.Now + _markMilliseconds);
        _deadMarks.Published(_reader.Frontends.Of(message.Frontend), message.Url);
    }

    /// <summary>The health monitor has taken a backend in again.</summary>
    public void ReportProbed(DeadMessage message) =>
        _deadMarks.Probed(_reader.Frontends.Of(message.Frontend), message.Url);

    /// <summary>Whether routes can be served: null, or the reason why not.</summary>
    public async ValueTask<string?> PingAsync()
    {
        var reason = await _routes.PingAsync();
        var mayServeOld = _settings.StaleRoutes is not { } limit || _changes.Staleness < limit;
        return mayServeOld && HasRoutes ? null : reason;
    }

    /// <summary>Looks through all routes in memory; names at most <paramref name="namedMax"/> dead backends.</summary>
    public RouteSummary TakeCensus(int namedMax) => RouteSummary.Of(_table.Routes, _clock.Now, namedMax);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _mistakes.DisposeAsync();
        await _deadMarks.DisposeAsync();
        await _teller.DisposeAsync();
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
        route.State.Warm();
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

    // Who was marked by hand or by an outside checker is not tried.
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
