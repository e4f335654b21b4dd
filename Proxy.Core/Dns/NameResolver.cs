using System.Diagnostics;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Core.Dns;

/// <summary>
/// Resolves the names of backends, Redis and Sentinels. Names are looked up off the threads that serve requests, each
/// once for all callers. Answers are cached for their time to live, refreshed while the name is in use, and used for
/// longer while name servers fail.
/// </summary>
public sealed class NameResolver : IAsyncDisposable
{
    /// <summary>Answers are used for at least this time, whatever their time to live is.</summary>
    public static readonly TimeSpan TimeToLiveMin = TimeSpan.FromSeconds(1);

    /// <summary>Answers are used for at most this time before they are refreshed.</summary>
    public static readonly TimeSpan TimeToLiveMax = TimeSpan.FromSeconds(60);

    /// <summary>The longest time for which a name is assumed not to exist.</summary>
    public static readonly TimeSpan NegativeTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How long an expired answer is used while name servers fail (RFC 8767).</summary>
    public static readonly TimeSpan OldAnswerTimeMax = TimeSpan.FromHours(1);

    /// <summary>How long an expired answer is used immediately, while it is refreshed in the background.</summary>
    public static readonly TimeSpan RefreshTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits for a refresh before it uses an answer that expired longer ago.</summary>
    public static readonly TimeSpan OldAnswerWait = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after failed look-ups.</summary>
    public static readonly TimeSpan RetryTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>How much later a name is refreshed that only idle connections use.</summary>
    public static readonly TimeSpan UnusedNameTimeMax = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long connections to an address that the name no longer has may be used: some name servers return only a part
    /// of the addresses each time.
    /// </summary>
    public static readonly TimeSpan AddressGraceTime = TimeSpan.FromSeconds(3);

    /// <summary>The period of the check for due answers and changed files.</summary>
    public static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The most names that are cached, the most recently used ones: every owner of a route can add names.
    /// </summary>
    public const int NamesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly LeastRecentlyUsed<ResolvedName> _names = new(NamesMax);
    private readonly LookupGate _gate = new();
    private readonly ResolverFiles _files;
    private readonly NameLookup _lookup;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly ITimer _timer;
    private readonly long[] _counts = new long[Enum.GetValues<NameOutcome>().Length];
    private int _ticking;
    private bool _isFailureLogged;

    /// <param name="settings">Where the system's files are.</param>
    /// <param name="time">The clock of the cache.</param>
    /// <param name="log">Takes one line when refreshes start to fail, and one when none fails any more.</param>
    public NameResolver(NameSettings settings, TimeProvider time, Action<string> log)
    {
        (_time, _log) = (time, log);
        _files = new ResolverFiles(settings);
        _lookup = new NameLookup(_files, settings);
        _timer = time.CreateTimer(static self => ((NameResolver)self!).Tick(), this, TickTime, TickTime);
    }

    /// <summary>The durations of look-ups, failed ones included.</summary>
    public DurationMeter Durations { get; } = new([.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10]);

    /// <summary>Names that are cached, unknown ones included.</summary>
    public int NamesCached
    {
        get
        {
            lock (_lock) return _names.Count;
        }
    }

    /// <summary>Look-ups in flight.</summary>
    public int LookupsInFlight => _gate.InFlight;

    /// <summary>Returns how many look-ups had this outcome.</summary>
    public long LookupsWith(NameOutcome outcome) => Interlocked.Read(ref _counts[(int)outcome]);

    /// <summary>Returns the addresses of a name, immediately if they are cached. Fails with a result only.</summary>
    /// <param name="host">A name, not an IP address.</param>
    /// <param name="cancel">Ends the wait, not the look-up, which other callers may be waiting for.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    public ValueTask<NameAnswer> ResolveAsync(string host, CancellationToken cancel) =>
        HostName.IsValid(host)
            ? Find(host.ToLowerInvariant()).ResolveAsync(cancel)
            : new ValueTask<NameAnswer>(new NameAnswer(NameOutcome.NoSuchName, [], "not a host name"));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private ResolvedName Find(string name)
    {
        lock (_lock)
        {
            if (_names.Get(name) is { } known) return known;
            var added = new ResolvedName(name, _time, LookUpAsync);
            _names.Put(name, added)?.Evict();
            return added;
        }
    }

    private async Task<LookupResult> LookUpAsync(string name)
    {
        var since = Stopwatch.GetTimestamp();
        var result = await _gate.RunAsync(HostName.ZoneOf(name), cancel =>
        {
            since = Stopwatch.GetTimestamp();
            return RunAsync(name, cancel);
        });
        if (result is null || result.Outcome == NameOutcome.TooMany)
            result = LookupResult.Of(NameOutcome.TooMany, "too many other names are waiting to be looked up");
        if (result.Outcome == NameOutcome.NoAnswer)
            result = result with { Reason = _lookup.NoAnswerAfter(Stopwatch.GetElapsedTime(since)) };
        Interlocked.Increment(ref _counts[(int)result.Outcome]);
        Durations.ObserveSince(since);
        return result;
    }

    // Settings that the library rejects are an error like any other: the callers have to receive it.
    private async Task<LookupResult> RunAsync(string name, CancellationToken cancel)
    {
        try
        {
            return await _lookup.RunAsync(name, cancel);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return LookupResult.Of(NameOutcome.Failed, e.Message);
        }
    }

    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) == 1) return;
        var isChanged = _files.Refresh();
        if (NamesCached > 0 || _isFailureLogged) Refresh(isChanged);
        Volatile.Write(ref _ticking, 0);
    }

    private void Refresh(bool isChanged)
    {
        var refreshed = new List<ResolvedName>();
        var failing = new List<ResolvedName>();
        lock (_lock)
        {
            foreach (var name in _names.Values)
            {
                if (isChanged) name.Expire();
                if (name.Refresh()) refreshed.Add(name);
                if (name.RefreshFailure is not null) failing.Add(name);
            }

            foreach (var name in refreshed) _names.Get(name.Name);
        }

        LogFailures(failing);
    }

    // One line per outage of DNS, however many names are affected.
    private void LogFailures(List<ResolvedName> failing)
    {
        var first = failing.Find(name => name.RefreshFailure is not null);
        if (first is not null && !_isFailureLogged)
        {
            var others = failing.Count == 1 ? "" : $" (and {failing.Count - 1} other names)";
            _log($"{NameUnresolvedException.TextOf(first.Name, first.RefreshFailure ?? "")}{others}; "
                + "using the last known addresses for up to an hour");
        }

        if (first is null && _isFailureLogged) _log("DNS is available again: names are resolved");
        _isFailureLogged = first is not null;
    }
}
