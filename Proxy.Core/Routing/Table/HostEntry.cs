namespace Proxy.Core.Routing.Table;

/// <summary>A host in the <see cref="RouteTable"/>: its cached route, and the read under way.</summary>
internal sealed class HostEntry(byte[] host)
{
    /// <summary>How precisely the last use is recorded; a busy entry must not be written to by every request.</summary>
    private const long UseMilliseconds = 500;

    private readonly Lock _lock = new();
    private CachedRoute? _known;
    private Failing? _failing;
    private Task? _reading;
    private long _lastUsed;
    private int _isRefreshing;

    public byte[] Host { get; } = host;

    /// <summary>Replaced as a whole; null until the first read has ended.</summary>
    public CachedRoute? Cached => Volatile.Read(ref _known);

    public long LastUsed => Volatile.Read(ref _lastUsed);

    public void Touch(long now)
    {
        if (now - LastUsed > UseMilliseconds) Volatile.Write(ref _lastUsed, now);
    }

    public void Store(CachedRoute known)
    {
        Volatile.Write(ref _known, known);
        Volatile.Write(ref _failing, null);
    }

    /// <summary>The store could not be read, or was not trusted; it may be read again at some time.</summary>
    public void Fail(long epoch, long retryAt) => Volatile.Write(ref _failing, new Failing(epoch, retryAt));

    /// <summary>When to read again, or null if the last read of this epoch succeeded.</summary>
    public long? RetryAt(long epoch) =>
        Volatile.Read(ref _failing) is { } failing && failing.Epoch == epoch ? failing.RetryAt : null;

    /// <summary>Joins the read under way, or starts one.</summary>
    public Task ReadAsync(Func<HostEntry, Task> read)
    {
        lock (_lock) return _reading ??= RunAsync(read);
    }

    /// <summary>Reads in the background, unless a read is under way.</summary>
    public void Refresh(Func<HostEntry, Task> read)
    {
        if (Interlocked.Exchange(ref _isRefreshing, 1) == 0) _ = RefreshAsync(read);
    }

    private async Task RunAsync(Func<HostEntry, Task> read)
    {
        await Task.Yield();     // The read must be registered before it can end.
        try
        {
            await read(this);
        }
        finally
        {
            lock (_lock) _reading = null;
        }
    }

    private async Task RefreshAsync(Func<HostEntry, Task> read)
    {
        try
        {
            await ReadAsync(read);
        }
        catch (RoutesUnavailableException)
        {
            // The cached route is served in the meantime, and the loss of the feed has been logged.
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
        }
    }

    private sealed record Failing(long Epoch, long RetryAt);
}
