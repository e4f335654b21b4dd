using System.Collections.Concurrent;
using Proxy.Core.Routing.Health;
using Proxy.Core.Routing.Table;

namespace Proxy.Core.Routing.Files;

/// <summary>
/// Routes from a file instead of Redis (<c>--routes</c>), read again within a second after a change. Dead marks stay in
/// this process.
/// </summary>
public sealed class FileRoutes : IRouteStore, IAsyncDisposable
{
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>A file that was just written may be written again within the same tick of its time stamp.</summary>
    private static readonly TimeSpan StampUnsureFor = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly ChangeTracker _changes;
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
    /// <param name="changes">Notified when the file has changed.</param>
    /// <param name="errors">Takes one line for each unusable line of the file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission to read the file is denied.</exception>
    public FileRoutes(string path, ChangeTracker changes, Action<string> errors)
    {
        (_path, _changes, _errors) = (path, changes, errors);
        _stamp = Stamp();
        _lists = RouteFile.Read(path, errors);
        ReportInvalid(_lists);
        changes.Connect();
        _running = Task.Run(FollowAsync);
    }

    /// <inheritdoc/>
    public Task<StoredRoute?> ReadAsync(string[] names, int likely)
    {
        var lists = Volatile.Read(ref _lists);
        if (ListedRoutes.Find(names, name => lists.GetValueOrDefault(name)) is not { } found)
            return Task.FromResult<StoredRoute?>(null);

        var name = names[found.Name];
        var until = Array.ConvertAll(found.List[1..], url => _deadUntil.GetValueOrDefault((name, url)));
        int[] dead = [.. Enumerable.Range(0, until.Length).Where(i => until[i] > _changes.Clock.Now)];
        TimeSpan? left = dead.Length == 0
            ? null
            : TimeSpan.FromMilliseconds(dead.Min(i => until[i]) - _changes.Clock.Now);
        return Task.FromResult<StoredRoute?>(new StoredRoute(found.Name, found.List, dead, left));
    }

    /// <inheritdoc/>
    public Task<int> PublishDeadAsync(DeadNotice notice)
    {
        _deadUntil[(notice.Frontend, notice.Url)] = _changes.Clock.Now + (long)notice.Remaining.TotalMilliseconds;
        return Task.FromResult(notice.Index);
    }

    /// <inheritdoc/>
    public Task PublishAliveAsync(DeadNotice notice)
    {
        _deadUntil.TryRemove((notice.Frontend, notice.Url), out _);
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

    /// <summary>Reads the file again, whatever its time stamp is; returns the result as text.</summary>
    public string Reread()
    {
        lock (_reading)
        {
            return Reload(isRequested: true) is { } fault
                ? $"cannot read {_path}: {fault}; keeping the routes read before"
                : $"{_path} reread: {_lists.Count} hosts" +
                    (_unusable == 0 ? "" : $", {_unusable} lines ignored (planb check --routes lists them)");
        }
    }

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(CheckPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) Reload(isRequested: false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    // Returns why the file cannot be read; null if it can.
    private string? Reload(bool isRequested)
    {
        lock (_reading)
        {
            try
            {
                var stamp = Stamp();
                var isSame = stamp == _stamp && DateTime.UtcNow - stamp.Written > StampUnsureFor;
                if (isRequested || !isSame) Load(stamp);
                _isMissing = false;
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                var reason = FileFailure.ReasonOf(e);
                if (!_isMissing) _errors($"cannot read {_path}: {reason}; keeping the routes read before");
                _isMissing = true;
                return reason;
            }
        }
    }

    private void Load((DateTime Written, long Length) stamp)
    {
        // If the file is read again only because it is young, its faults were reported before.
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
        ReportInvalid(lists);
        _changes.AllChanged();
    }

    private void ReportInvalid(Dictionary<string, string[]> lists)
    {
        foreach (var (name, list) in lists)
        {
            if ((InvalidRoute.InName(name) ?? InvalidRoute.InList(name, list)) is { } invalid)
                _errors($"{_path}: frontend:{name}: {invalid}");
        }
    }

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(_path);
        return (file.LastWriteTimeUtc, file.Length);
    }
}
