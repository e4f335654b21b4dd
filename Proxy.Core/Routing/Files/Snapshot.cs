using System.Collections.Concurrent;

namespace Proxy.Core.Routing.Files;

/// <summary>
/// The last known routes, kept in a file (<c>--snapshot</c>) so that a node that starts while the store is unavailable
/// has something to serve. The file has the format of <c>--routes</c>.
/// </summary>
public sealed class Snapshot : IAsyncDisposable
{
    private static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly int _routesMax;
    private readonly Action<string> _errors;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, string[]> _lists;
    private readonly Task _running;
    private int _isChanged;

    /// <param name="path">The file; it need not exist yet.</param>
    /// <param name="routesMax">The most frontends in the file.</param>
    /// <param name="errors">Takes one line for each problem.</param>
    /// <param name="period">How often it is written; null for 30 seconds.</param>
    /// <exception cref="IOException">The file exists and cannot be read.</exception>
    public Snapshot(string path, int routesMax, Action<string> errors, TimeSpan? period = null)
    {
        (_path, _routesMax, _errors) = (path, routesMax, errors);
        _lists = new ConcurrentDictionary<string, string[]>(File.Exists(path) ? RouteFile.Read(path, errors) : []);
        _running = Task.Run(() => SaveRegularlyAsync(period ?? SavePeriod));
    }

    /// <summary>The number of frontends in it.</summary>
    public int Count => _lists.Count;

    /// <summary>Saves unsaved changes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        Save();
    }

    /// <summary>Returns the last known route of a host, under the best of its names; null if there was none.</summary>
    internal StoredRoute? Find(string[] names)
    {
        var found = ListedRoutes.Find(names, name => _lists.GetValueOrDefault(name));
        return found is var (name, list) ? new StoredRoute(name, list, [], null) : null;
    }

    /// <summary>Records what the store returned for a host's names; null: none has a backend.</summary>
    internal void Record(string[] names, StoredRoute? reading)
    {
        foreach (var name in names.AsSpan(0, reading?.Name ?? names.Length))
            if (_lists.TryRemove(name, out _)) Volatile.Write(ref _isChanged, 1);
        if (reading is null) return;

        var known = _lists.GetValueOrDefault(names[reading.Name]);
        if (known is null ? _lists.Count >= _routesMax : known.AsSpan().SequenceEqual(reading.List)) return;
        _lists[names[reading.Name]] = reading.List;
        Volatile.Write(ref _isChanged, 1);
    }

    private async Task SaveRegularlyAsync(TimeSpan period)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) Save();
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Save()
    {
        if (Interlocked.Exchange(ref _isChanged, 0) == 0) return;
        try
        {
            RouteFile.Write(_path, _lists);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Volatile.Write(ref _isChanged, 1);
            _errors($"cannot write {_path}: {FileFailure.ReasonOf(e)}");
        }
    }
}
