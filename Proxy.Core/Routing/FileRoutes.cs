using System.Collections.Concurrent;

namespace Proxy.Core.Routing;

/// <summary>
/// Routes of a file instead of Redis (<c>--routes</c>), read again within a second after it changed. Dead marks stay in
/// this process.
/// </summary>
public sealed class FileRoutes : IRoutes, IAsyncDisposable
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>A file written just now may be written again within the same tick of its time stamp.</summary>
    private static readonly TimeSpan StampUnsureFor = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly Changes _changes;
    private readonly Action<string> _errors;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(string Name, string Url), long> _deadUntil = new();
    private readonly Task _running;
    private readonly Lock _reading = new();
    private Dictionary<string, string[]> _lists;
    private (DateTime Written, long Length) _stamp;
    private bool _isMissing;
    private int _unusable;

    /// <param name="path">The file.</param>
    /// <param name="changes">Told when the file has changed.</param>
    /// <param name="errors">Takes one line for each line of the file that cannot be used.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public FileRoutes(string path, Changes changes, Action<string> errors)
    {
        (_path, _changes, _errors) = (path, changes, errors);
        _stamp = Stamp();
        _lists = RouteFile.Read(path, errors);
        ReportMistakes(_lists);
        changes.Arm();
        _running = Task.Run(FollowAsync);
    }

    /// <inheritdoc/>
    public Task<Reading?> ReadAsync(string[] names, int likely)
    {
        var lists = Volatile.Read(ref _lists);
        if (ListedRoutes.Find(names, name => lists.GetValueOrDefault(name)) is not { } found)
            return Task.FromResult<Reading?>(null);

        var name = names[found.Name];
        var until = Array.ConvertAll(found.List[1..], url => _deadUntil.GetValueOrDefault((name, url)));
        int[] dead = [.. Enumerable.Range(0, until.Length).Where(i => until[i] > _changes.Clock.Now)];
        TimeSpan? left = dead.Length == 0
            ? null
            : TimeSpan.FromMilliseconds(dead.Min(i => until[i]) - _changes.Clock.Now);
        return Task.FromResult<Reading?>(new Reading(found.Name, found.List, dead, left));
    }

    /// <inheritdoc/>
    public Task<int> TellDeadAsync(Death death)
    {
        _deadUntil[(death.Frontend, death.Url)] = _changes.Clock.Now + (long)death.Remaining.TotalMilliseconds;
        return Task.FromResult(death.Index);
    }

    /// <inheritdoc/>
    public Task TellAliveAsync(Death death)
    {
        _deadUntil.TryRemove((death.Frontend, death.Url), out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<string?> PingAsync() => new((string?)null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Reads the file again, whatever its time stamp says; returns what came of it, in words.</summary>
    public string Reread()
    {
        lock (_reading)
        {
            return Look(isAsked: true) is { } fault
                ? $"cannot read {_path}: {fault}; the routes read before stay in use"
                : $"{_path} reread: {_lists.Count} hosts" +
                    (_unusable == 0 ? "" : $", {_unusable} lines cannot be used (planb check --routes lists them)");
        }
    }

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(LookPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) Look(isAsked: false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    // Returns why the file cannot be read; null when it can.
    private string? Look(bool isAsked)
    {
        lock (_reading)
        {
            try
            {
                var stamp = Stamp();
                var isSame = stamp == _stamp && DateTime.UtcNow - stamp.Written > StampUnsureFor;
                if (isAsked || !isSame) Load(stamp);
                _isMissing = false;
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!_isMissing) _errors($"{_path}: {e.Message}; the routes read before stay in use");
                _isMissing = true;
                return e.Message;
            }
        }
    }

    private void Load((DateTime Written, long Length) stamp)
    {
        // Complaints of a file that is looked at again only because it is young were made before.
        var unusable = 0;
        var lists = RouteFile.Read(_path, complaint =>
        {
            unusable++;
            if (stamp != _stamp) _errors(complaint);
        });
        _unusable = unusable;
        var isSame = lists.Count == _lists.Count
            && lists.All(list => _lists.TryGetValue(list.Key, out var old) && old.AsSpan().SequenceEqual(list.Value));
        _stamp = stamp;
        if (isSame) return;
        Volatile.Write(ref _lists, lists);
        ReportMistakes(lists);
        _changes.AllChanged();
    }

    private void ReportMistakes(Dictionary<string, string[]> lists)
    {
        foreach (var (name, list) in lists)
        {
            if ((RouteMistake.InName(name) ?? RouteMistake.InList(name, list)) is { } mistake)
                _errors($"{_path}: frontend:{name}: {mistake}");
        }
    }

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(_path);
        return (file.LastWriteTimeUtc, file.Length);
    }
}
