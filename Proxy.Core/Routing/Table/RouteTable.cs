using System.Collections.Concurrent;

namespace Proxy.Core.Routing.Table;

/// <summary>
/// The routes this node knows, by Host value as received. A host is read when it is first requested, and cached until a
/// change is pushed; while none can be pushed, the last known route is served. A hit takes no lock and allocates
/// nothing.
/// </summary>
internal sealed class RouteTable
{
    /// <summary>A route is read again in the background after this time, whatever was pushed.</summary>
    private const int SafetyMilliseconds = 30_000;

    /// <summary>How long a route is cached when changes cannot be pushed, with <c>--backend-cache</c>.</summary>
    private const int UntrackedMilliseconds = 2000;

    /// <summary>How often one host is read while the store fails or changes are not pushed.</summary>
    private const int RetryMilliseconds = 1000;

    /// <summary>How often a request reads when the host keeps changing in the meantime.</summary>
    private const int ReadingsMax = 3;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    private readonly RouteReader _reader;
    private readonly RoutingSettings _settings;
    private readonly ChangeTracker _changes;
    private readonly Clock _clock;
    private readonly Func<HostEntry, Task> _read;
    private readonly ConcurrentDictionary<byte[], HostEntry> _entries = new(new HostComparer());
    private readonly ConcurrentDictionary<byte[], HostEntry>.AlternateLookup<ReadOnlySpan<byte>> _byBytes;
    private readonly TableBounds _bounds;

    public RouteTable(RouteReader reader, RoutingSettings settings, ChangeTracker changes, Clock clock)
    {
        (_reader, _settings, _changes, _clock) = (reader, settings, changes, clock);
        _read = ReadAsync;
        _byBytes = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        _bounds = new TableBounds(_entries, reader.Frontends, settings);
    }

    /// <summary>The bounds of the table.</summary>
    public TableBounds Bounds => _bounds;

    /// <summary>The routes in memory, one for each host that has one.</summary>
    public IEnumerable<Route> Routes => _entries.Select(pair => pair.Value.Cached?.Route).OfType<Route>();

    /// <summary>Returns whether the route, or its absence, is known without waiting.</summary>
    public bool TryFind(ReadOnlySpan<byte> host, out Route? route)
    {
        if (!_byBytes.TryGetValue(host, out var entry) || entry.Cached is not { } known)
        {
            route = null;
            return false;
        }
        var now = _clock.Now;
        entry.Touch(now);
        route = known.Route;
        var isTrue = known.Epoch == _changes.Epoch && known.Epoch != ChangeTracker.Disconnected &&
            known.IsUnchanged(_changes);
        return (isTrue && now < known.Until) || MayServeOld(entry, known, isTrue, now);
    }

    /// <summary>Reads the host's route, or null for none; no longer than a second.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be read and nothing is cached.</exception>
    public async Task<Route?> FindAsync(byte[] host)
    {
        var entry = _entries.GetOrAdd(host, static host => new HostEntry(host));
        entry.Touch(_clock.Now);
        try
        {
            for (var i = 0; i < ReadingsMax; i++)
            {
                await entry.ReadAsync(_read).WaitAsync(WaitMax);
                if (IsAsTrueAsCanBe(entry.Cached!)) break;
            }
            return entry.Cached!.Route;
        }
        catch (Exception e) when (e is RoutesUnavailableException or TimeoutException)
        {
            if (entry.Cached is { } known && IsServable(known)) return known.Route;
            if (entry.Cached is null) _entries.TryRemove(KeyValuePair.Create(host, entry));
            throw e as RoutesUnavailableException ?? new RoutesUnavailableException("the store of routes is silent");
        }
    }

    // A read that was joined may have started before the latest change.
    private bool IsAsTrueAsCanBe(CachedRoute known)
    {
        var epoch = _changes.Epoch;
        return epoch == ChangeTracker.Disconnected || (known.Epoch == epoch && known.IsUnchanged(_changes));
    }

    // Waiting is right only if it can return something newer: not if the route is merely due, nor while the store
    // fails.
    private bool MayServeOld(HostEntry entry, CachedRoute known, bool isTrue, long now)
    {
        var epoch = _changes.Epoch;
        var retryAt = entry.RetryAt(epoch);
        var canWait = epoch != ChangeTracker.Disconnected && retryAt is null;
        if (canWait && (!isTrue || epoch == ChangeTracker.Polling)) return false;
        if (!isTrue && !IsServable(known)) return false;

        var dueAt = retryAt ?? (epoch == ChangeTracker.Disconnected ? known.ReadAt + RetryMilliseconds : known.Until);
        if (now >= dueAt) entry.Refresh(_read);
        return true;
    }

    private bool IsServable(CachedRoute known)
    {
        if (_settings.StaleRoutes is not { } limit) return true;
        var isLatest = known.Epoch == _changes.Latest && known.Epoch > ChangeTracker.Disconnected;
        var trueAt = isLatest ? _changes.FreshAt : known.ReadAt;
        return _clock.Now - trueAt < limit.TotalMilliseconds;
    }

    private async Task ReadAsync(HostEntry entry)
    {
        var old = entry.Cached;
        var epoch = _changes.Epoch;
        try
        {
            var known = await _reader.ReadAsync(entry.Host, old);

            // A Redis that lost its data must not remove our routes; once changes are pushed, it is trusted.
            var isDisconnected = _changes.Epoch == ChangeTracker.Disconnected && _settings.StaleRoutes != TimeSpan.Zero;
            var isUncertain = known.Route is null && isDisconnected;
            if (isUncertain && MakeDo(entry, old)) entry.Fail(epoch, _clock.Now + RetryMilliseconds);
            else Store(entry, old, known with { Until = Until(known) });
        }
        catch (RoutesUnavailableException)
        {
            MakeDo(entry, old);
            entry.Fail(epoch, _clock.Now + RetryMilliseconds);
            throw;
        }
    }

    // Returns whether a route is known from before.
    private bool MakeDo(HostEntry entry, CachedRoute? old)
    {
        if (old is null && _reader.ReadSnapshot(entry.Host) is { } fromSnapshot) Store(entry, old, fromSnapshot);
        return entry.Cached?.Route is not null;
    }

    private void Store(HostEntry entry, CachedRoute? old, CachedRoute known)
    {
        entry.Store(known);
        _bounds.Replaced(old, known);
    }

    // Jitter keeps hosts that were read together from always being read together.
    private long Until(CachedRoute known)
    {
        var untracked = _settings.CachesUntracked ? UntrackedMilliseconds : 0;
        if (known.Epoch == ChangeTracker.Polling) return known.ReadAt + untracked;
        if (!known.IsCertain) return known.ReadAt + RetryMilliseconds;
        return known.ReadAt + SafetyMilliseconds + Random.Shared.Next(SafetyMilliseconds);
    }
}
