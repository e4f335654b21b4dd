using System.Collections.Concurrent;
using System.Text;

namespace Proxy.Core.Routing;

/// <summary>
/// Logs faults in routes, once per change: each key that the store reports as changed is checked some time after the
/// change, since a list is often written by several commands.
/// </summary>
internal sealed class InvalidRouteLog : IAsyncDisposable
{
    /// <summary>The most keys that wait to be checked; further changes are not checked.</summary>
    private const int WaitingMax = 10_000;

    /// <summary>The most faults that are remembered, so that they are not logged again; then all are dropped.</summary>
    private const int KnownMax = 10_000;

    /// <summary>The most keys that are checked in one turn.</summary>
    private const int ChecksMax = 100;

    private static readonly TimeSpan CheckPeriod = TimeSpan.FromMilliseconds(500);

    private readonly IRouteStore _routes;
    private readonly Clock _clock;
    private readonly Action<string> _errors;
    private readonly long _settleMilliseconds;
    private readonly ConcurrentDictionary<string, long> _waiting = new();
    private readonly ConcurrentDictionary<string, string> _known = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="routes">The store.</param>
    /// <param name="clock">The time.</param>
    /// <param name="settle">How long a key must not change before it is checked.</param>
    /// <param name="errors">Takes the lines.</param>
    public InvalidRouteLog(IRouteStore routes, Clock clock, TimeSpan settle, Action<string> errors)
    {
        (_routes, _clock, _errors) = (routes, clock, errors);
        _settleMilliseconds = (long)settle.TotalMilliseconds;
        _running = Task.Run(RunAsync);
    }

    private static ReadOnlySpan<byte> Prefix => "frontend:"u8;

    /// <summary>A key of the store has changed.</summary>
    public void Changed(ReadOnlySpan<byte> key)
    {
        if (!key.StartsWith(Prefix)) return;
        var name = Encoding.Latin1.GetString(key[Prefix.Length..]);
        _known.TryRemove(name, out _);
        Examine(name);
    }

    /// <summary>Has a frontend checked after a while, by its name.</summary>
    public void Examine(string name)
    {
        var hasRoom = _waiting.Count < WaitingMax || _waiting.ContainsKey(name);
        if (hasRoom) _waiting[name] = _clock.Now + _settleMilliseconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(CheckPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (_waiting.IsEmpty) continue;
                var now = _clock.Now;
                var due = _waiting.Where(pair => pair.Value <= now).Take(ChecksMax).ToArray();
                await Task.WhenAll(due.Where(_waiting.TryRemove).Select(pair => CheckAsync(pair.Key)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task CheckAsync(string name)
    {
        try
        {
            var list = await _routes.ReadListAsync(name);
            Report(name, list.Length == 0 ? null : InvalidRoute.InName(name) ?? InvalidRoute.InList(name, list));
        }
        catch (RouteTypeException e)
        {
            Report(name, e.Message);
        }
        catch (RoutesUnavailableException)
        {
            // The outage is logged elsewhere; the next change or request has the route checked again.
        }
    }

    private void Report(string name, string? invalid)
    {
        if (invalid is null)
        {
            _known.TryRemove(name, out _);
            return;
        }

        if (_known.TryGetValue(name, out var known) && known == invalid) return;
        if (_known.Count >= KnownMax) _known.Clear();
        _known[name] = invalid;
        _errors($"frontend:{Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name))}: {invalid}");
    }
}
