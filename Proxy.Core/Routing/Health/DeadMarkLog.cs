using System.Collections.Concurrent;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing.Health;

/// <summary>
/// Logs each backend that goes out of service without a failed request of this node, and each that comes back: one line
/// per change of state, whatever caused it. Frontends with dead backends are read again when Redis pushes a change of
/// them, so that this does not depend on requests.
/// </summary>
internal sealed class DeadMarkLog : IAsyncDisposable
{
    /// <summary>The most frontends that are followed; for further ones only the failure is logged.</summary>
    private const int FrontendsMax = 10_000;

    /// <summary>The most frontends that are read in one turn.</summary>
    private const int ReadingsMax = 100;

    /// <summary>How long the message of a node may follow its mark.</summary>
    private const long MessageMilliseconds = 1000;

    /// <summary>How often a frontend is read whose marks have expired, or whose changes are not pushed.</summary>
    private const long ReadMilliseconds = 1000;

    /// <summary>How precisely the expiry of a mark is distinguished from its removal.</summary>
    private const long ExpiryMilliseconds = 500;

    private static readonly TimeSpan CheckPeriod = TimeSpan.FromMilliseconds(250);

    private readonly Func<byte[], Task<CachedRoute>> _read;
    private readonly ChangeTracker _changes;
    private readonly Action<string> _errors;
    private readonly ConcurrentDictionary<Frontend, WatchedFrontend> _followed = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="read">Reads the route of a host from the store.</param>
    /// <param name="changes">The changes that are pushed.</param>
    /// <param name="errors">Takes the lines.</param>
    public DeadMarkLog(Func<byte[], Task<CachedRoute>> read, ChangeTracker changes, Action<string> errors)
    {
        (_read, _changes, _errors) = (read, changes, errors);
        _running = Task.Run(RunAsync);
    }

    /// <summary>A request of this node has failed on a backend and marked it; its own log line reports it.</summary>
    public void Marked(Frontend frontend, Backend backend)
    {
        if (Follow(frontend) is not { } followed) return;
        lock (followed)
        {
            var found = followed.Add(backend.Url, Now) ?? followed.Find(backend.Url)!;
            (found.IsLogged, found.IsProbed) = (true, false);
        }
    }

    /// <summary>Another node published that it has marked a backend.</summary>
    public void Published(Frontend frontend, string url)
    {
        if (Follow(frontend) is not { } followed)
        {
            Write(frontend, url, "is out of service: another node marked it dead");
            return;
        }

        lock (followed)
        {
            var found = followed.Add(url, Now) ?? followed.Find(url)!;
            found.IsProbed = false;
            if (!found.IsLogged) Write(frontend, url, "is out of service: another node marked it dead");
            found.IsLogged = true;
        }
    }

    /// <summary>A probe of this node found a backend healthy, and its mark was removed.</summary>
    public void Probed(Frontend frontend, string url)
    {
        if (!_followed.TryGetValue(frontend, out var followed)) return;
        lock (followed)
            if (followed.Find(url) is { } found) found.IsProbed = true;
    }

    /// <summary>A route was read from the store.</summary>
    public void Read(CachedRoute known)
    {
        if (known.Route is not { } route) return;
        var followed = route.HoldsAny ? Follow(route.State) : _followed.GetValueOrDefault(route.State);
        if (followed is null) return;
        lock (followed) followed.Cached = known;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private long Now => _changes.Clock.Now;

    private WatchedFrontend? Follow(Frontend frontend) =>
        _followed.TryGetValue(frontend, out var known) ? known
        : _followed.Count >= FrontendsMax ? null
        : _followed.GetOrAdd(frontend, static frontend => new WatchedFrontend(frontend));

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(CheckPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await CheckAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task CheckAsync()
    {
        if (_followed.IsEmpty) return;
        var due = _followed.Values.Where(followed => followed.IsDue(_changes, Now)).Take(ReadingsMax);
        await Task.WhenAll(due.Select(ReadAsync));
        foreach (var (frontend, followed) in _followed)
        {
            lock (followed)
            {
                if (followed.IsDue(_changes, Now)) continue;    // It was not its turn, or it has changed again.
                if (followed.Cached is { } known) Compare(followed, known);
                if (followed.Out.Count == 0) _followed.TryRemove(KeyValuePair.Create(frontend, followed));
            }
        }
    }

    private async Task ReadAsync(WatchedFrontend followed)
    {
        followed.ReadAt = Now + ReadMilliseconds;
        try
        {
            var known = await _read(followed.State.NameBytes);
            lock (followed) followed.Cached = known;
        }
        catch (RoutesUnavailableException)
        {
            // The last known state stays; the outage is logged elsewhere.
        }
    }

    private void Compare(WatchedFrontend followed, CachedRoute known)
    {
        var now = Now;
        var isListed = known.Route?.State == followed.State;
        var dead = isListed ? known.Route!.Dead(now).ToDictionary(at => DeadMark.KeyOf(at.Backend.Url)) : [];
        foreach (var found in followed.Out.Values.ToArray())
        {
            if (dead.ContainsKey(DeadMark.KeyOf(found.Url))) continue;
            followed.Remove(found);
            if (found.IsLogged) WriteBack(followed.State, found, known);
        }

        var next = long.MaxValue;
        foreach (var (backend, origin) in dead.Values)
        {
            var found = followed.Add(backend.Url, now) ?? followed.Find(backend.Url)!;
            found.Until = followed.State.Find(backend.Url, now)?.Deadline ?? found.Until;
            if (found.Until == long.MaxValue) found.Until = known.Route!.DeadUntil;
            next = Math.Min(next, Math.Max(found.Until, now + ReadMilliseconds));
            if (!found.IsLogged && (origin != DeadMarkOrigin.Store || now - found.SeenAt >= MessageMilliseconds))
                WriteOut(followed.State, found, origin);
        }

        followed.ReadAt = _changes.Epoch == ChangeTracker.Polling ? now + ReadMilliseconds : next;
    }

    private void WriteOut(Frontend frontend, OutOfService found, DeadMarkOrigin origin)
    {
        found.IsLogged = true;
        if (origin == DeadMarkOrigin.ThisNode) return;    // The request that marked it has its own line.
        var why = origin == DeadMarkOrigin.OtherNode ? "another node marked it dead"
            : $"dead:{frontend.Name} in Redis contains it, and no PlanB node has reported it recently";
        Write(frontend, found.Url, $"is out of service: {why}");
    }

    private void WriteBack(Frontend frontend, OutOfService found, CachedRoute known)
    {
        var isListed = known.Route is { } route && route.State == frontend
            && Array.Exists(route.Backends, backend => DeadMark.KeyOf(backend.Url) == DeadMark.KeyOf(found.Url));
        if (!isListed)
        {
            Write(frontend, found.Url, "is no longer listed");
            return;
        }

        var isTried = frontend.Find(found.Url, Now) is { Kind: DeadMarkKind.Revived };
        var why = found.IsProbed ? "its health check succeeded"
            : isTried ? "a request connected to it"
            : Now >= found.Until - ExpiryMilliseconds ? "its dead mark has expired"
            : "its dead mark was removed";
        Write(frontend, found.Url, $"is back in service: {why}");
    }

    private void Write(Frontend frontend, string url, string what) =>
        _errors($"frontend:{frontend.Name}: backend {url} {what}");
}
