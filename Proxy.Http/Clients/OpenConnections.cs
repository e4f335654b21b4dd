using Proxy.Core.Transport;

namespace Proxy.Http.Clients;

/// <summary>One client connection, in any version of HTTP. All members may be called from any thread.</summary>
internal interface IClientConnection
{
    /// <summary>Closes the connection soon if it is idle, and a tunnel within the limit.</summary>
    void Drain(TimeSpan limit);

    /// <summary>
    /// Aborts the current operation. A call between two waits has no effect, so the caller repeats it until the
    /// connection is closed.
    /// </summary>
    void Abort();

    /// <summary>Returns the connection's status, read without a lock; it may be stale.</summary>
    ConnectionStatus GetStatus();
}

/// <summary>The open client connections, which are drained when the proxy shuts down.</summary>
/// <param name="deadlines">The clock for the drain limit.</param>
public sealed class OpenConnections(Deadlines deadlines)
{
    private const int AbortRoundsMax = 20;
    private static readonly TimeSpan AbortRoundPeriod = TimeSpan.FromMilliseconds(50);
    private readonly Lock _lock = new();
    private readonly HashSet<IClientConnection> _open = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLast;

    /// <summary>The number of open connections, idle ones included.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>The progress of the shutdown.</summary>
    internal Drain Progress { get; } = new(deadlines);

    /// <summary>
    /// Returns the connections that have been open longest, the oldest first, at most <paramref name="max"/>.
    /// </summary>
    public IReadOnlyList<ConnectionStatus> GetOldest(int max) =>
        [.. Open().Select(connection => connection.GetStatus()).OrderByDescending(status => status.Age).Take(max)];

    /// <summary>
    /// Makes every response the last of its connection, closes idle connections, and waits for the remaining ones, at
    /// most <paramref name="limit"/>; first waits for <paramref name="arriving"/>, the connections being accepted.
    /// </summary>
    /// <returns>False when connections were left at the limit.</returns>
    public async Task<bool> DrainAsync(TimeSpan limit, CancellationToken now, Task? arriving = null)
    {
        Progress.Begin(limit);
        lock (_lock)
        {
            foreach (var connection in _open) connection.Drain(limit);
        }

        try
        {
            if (arriving is not null) await arriving.WaitAsync(limit, now);
            lock (_lock)
            {
                if (_open.Count == 0) return true;
                _isLast = true;
            }

            await _drained.Task.WaitAsync(Progress.Left ?? limit, now);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Aborts the connections that a drain has left, and waits at most a second until they are logged and closed.
    /// Returns how many there were.
    /// </summary>
    public async Task<int> AbortAllAsync()
    {
        Progress.End();
        lock (_lock) _isLast = true;
        var open = Open();
        var left = open.Length;
        for (var i = 0; i < AbortRoundsMax && open.Length > 0; i++)
        {
            foreach (var connection in open) connection.Abort();
            await Task.WhenAny(_drained.Task, Task.Delay(AbortRoundPeriod));
            open = Open();
        }

        return left;
    }

    internal void Add(IClientConnection connection)
    {
        lock (_lock) _open.Add(connection);
    }

    internal void Remove(IClientConnection connection)
    {
        lock (_lock)
        {
            _open.Remove(connection);
            if (_isLast && _open.Count == 0) _drained.TrySetResult();
        }
    }

    private IClientConnection[] Open()
    {
        lock (_lock) return [.. _open];
    }
}
