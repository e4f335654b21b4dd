using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Dns;

/// <summary>
/// A cached name: its answer for all callers, the look-up in flight, and the addresses it had recently. While it is in
/// use, its answer is refreshed when it is due, and requests use the old one in the meantime.
/// </summary>
public sealed class ResolvedName
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Func<string, Task<LookupResult>> _lookUp;
    private readonly Dictionary<AddressFamily, long> _seen = [];
    private NameAnswer? _answer;
    private AddressSet? _addresses;
    private long _freshUntil;
    private long _staleUntil;
    private int _failures;
    private uint _turn = uint.MaxValue;
    private Task? _flight;
    private long _flightSince;
    private volatile KnownAddress[] _known = [];
    private volatile bool _isUsed;
    private volatile bool _isWanted;
    private volatile bool _isForgotten;

    internal ResolvedName(string name, TimeProvider time, Func<string, Task<LookupResult>> lookUp) =>
        (Name, _time, _lookUp) = (name, time, lookUp);

    /// <summary>The name, in lower case.</summary>
    public string Name { get; }

    /// <summary>Why the last refresh failed, if old addresses are used because of that; else null.</summary>
    internal string? RefreshFailure { get; private set; }

    private long Now => _time.GetTimestamp();

    /// <summary>
    /// Returns whether a connection to this address may still be used: the name has the address, or had it recently.
    /// Takes no lock, so it may be called for each request.
    /// </summary>
    public bool Has(IPAddress ip)
    {
        foreach (var known in _known)
        {
            if (known.Ip.Equals(ip))
                return !_isForgotten && (known.IsCurrent || Now < After(known.LeftAt, NameResolver.AddressGraceTime));
        }

        return false;
    }

    /// <summary>Marks the name as in use: its answer will be refreshed when it is due.</summary>
    public void Use()
    {
        if (!_isUsed) _isUsed = true;
    }

    /// <summary>
    /// Marks the name as used by idle connections: its answer will be refreshed soon after it is due.
    /// </summary>
    public void Keep()
    {
        if (!_isWanted) _isWanted = true;
    }

    /// <summary>Returns the answer, immediately if there is one that may be used.</summary>
    internal ValueTask<NameAnswer> ResolveAsync(CancellationToken cancel)
    {
        Use();
        lock (_lock)
        {
            var now = Now;
            if (_answer is not null && now < _freshUntil) return new(InTurn(_answer));
            var flight = _flight ??= Begin(now);
            if (_answer is not { IsFound: true } old || now >= _staleUntil) return new(AfterAsync(flight, cancel));
            if (now < After(_freshUntil, NameResolver.RefreshTimeMax)) return new(InTurn(old));
            var timeout = _time.GetElapsedTime(now, After(_flightSince, NameResolver.OldAnswerWait));
            return timeout > TimeSpan.Zero ? new(OrOldAsync(flight, old, timeout, cancel)) : new(InTurn(old));
        }
    }

    /// <summary>Starts a refresh if the name is in use and its answer is due; true if it did.</summary>
    internal bool Refresh()
    {
        if (!_isUsed && !_isWanted) return false;
        lock (_lock)
        {
            var due = _isUsed ? -NameResolver.TickTime : NameResolver.UnusedNameTimeMax;
            if (_flight is not null || Now < After(_freshUntil, due)) return false;
            _flight = Begin(Now);
            return true;
        }
    }

    /// <summary>Makes the answer due: its sources have changed.</summary>
    internal void Expire()
    {
        lock (_lock) _freshUntil = Math.Min(_freshUntil, Now);
    }

    /// <summary>Marks the name as no longer cached: its addresses are no longer kept up to date.</summary>
    internal void Evict() => _isForgotten = true;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);

    private long After(long timestamp, TimeSpan time) => timestamp + Ticks(time);

    private async Task<NameAnswer> AfterAsync(Task flight, CancellationToken cancel)
    {
        await flight.WaitAsync(cancel);
        return Latest();
    }

    private async Task<NameAnswer> OrOldAsync(
        Task flight, NameAnswer old, TimeSpan timeout, CancellationToken cancel)
    {
        await Task.WhenAny(flight, Task.Delay(timeout, cancel));
        cancel.ThrowIfCancellationRequested();
        return flight.IsCompleted ? Latest() : InTurn(old);
    }

    private NameAnswer Latest()
    {
        lock (_lock) return InTurn(_answer!);
    }

    private Task Begin(long now)
    {
        _flightSince = now;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(async () =>
        {
            var result = await _lookUp(Name);
            var addresses = AddressesOf(result);
            lock (_lock)
            {
                Apply(result, addresses);
                (_flight, _isUsed, _isWanted) = (null, false, false);
            }

            done.SetResult();
        });
        return done.Task;
    }

    // A family whose query failed keeps its old addresses, within the time for old answers. Only the one look-up in
    // flight changes what is read here.
    private AddressSet? AddressesOf(LookupResult result)
    {
        if (result.Outcome != NameOutcome.Found) return null;
        var isCarried = result.Missing != AddressFamily.Unspecified && _addresses is not null
            && _seen.TryGetValue(result.Missing, out var seenAt) && Now < After(seenAt, NameResolver.OldAnswerTimeMax);
        foreach (var ip in result.Addresses) _seen[ip.AddressFamily] = Now;
        return isCarried
            ? new AddressSet([.. result.Addresses, .. _addresses!.All.Where(ip => ip.AddressFamily == result.Missing)])
            : new AddressSet(result.Addresses);
    }

    private void Apply(LookupResult result, AddressSet? addresses)
    {
        var now = Now;
        if (addresses is not null) Find(result, addresses, now);
        else if (result.Outcome is NameOutcome.NoSuchName) Deny(result, now);
        else Fail(result, now);
    }

    private void Find(LookupResult result, AddressSet addresses, long now)
    {
        Set(addresses, now);
        _answer = new NameAnswer(NameOutcome.Found, [], "") { Name = this };
        Succeed(Within(result.TimeToLive, NameResolver.TimeToLiveMax), now);
        _staleUntil = After(_freshUntil, NameResolver.OldAnswerTimeMax);
    }

    private void Deny(LookupResult result, long now)
    {
        Set(null, now);
        _answer = new NameAnswer(NameOutcome.NoSuchName, [], result.Reason) { Name = this };
        Succeed(Within(result.TimeToLive, NameResolver.NegativeTimeMax), now);
    }

    private void Fail(LookupResult result, long now)
    {
        var isOldUsed = _answer is { IsFound: true } && now < _staleUntil;
        if (!isOldUsed)
        {
            Set(null, now);
            _answer = new NameAnswer(result.Outcome, [], result.Reason) { Name = this };
        }

        var wait = NameResolver.TimeToLiveMin * ++_failures;
        _freshUntil = After(now, wait < NameResolver.RetryTimeMax ? wait : NameResolver.RetryTimeMax);
        RefreshFailure = isOldUsed ? result.Reason : null;
    }

    private void Succeed(TimeSpan time, long now)
    {
        _freshUntil = After(now, time);
        _failures = 0;
        RefreshFailure = null;
    }

    private void Set(AddressSet? addresses, long now)
    {
        _addresses = addresses;
        var current = addresses?.All ?? [];
        var left = _known
            .Where(known => !current.Contains(known.Ip))
            .Select(known => known.IsCurrent ? new KnownAddress(known.Ip, now, IsCurrent: false) : known)
            .Where(known => now < After(known.LeftAt, NameResolver.AddressGraceTime));
        var here = current.Select(ip => new KnownAddress(ip, now, IsCurrent: true));
        _known = [.. here, .. left.Take(AddressSet.AddressesMax)];
    }

    private NameAnswer InTurn(NameAnswer answer) => answer.IsFound && _addresses is { } addresses
        ? answer with { Addresses = addresses.InTurn(Interlocked.Increment(ref _turn)) }
        : answer;

    private static TimeSpan Within(TimeSpan time, TimeSpan max) =>
        time < NameResolver.TimeToLiveMin ? NameResolver.TimeToLiveMin : time > max ? max : time;

    private sealed record KnownAddress(IPAddress Ip, long LeftAt, bool IsCurrent);
}
