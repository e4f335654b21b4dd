namespace Proxy.Core.Routing.Table;

/// <summary>A host in the <see cref="RouteTable"/>: what is known of it, and the reading under way.</summary>
internal sealed class HostEntry(byte[] host)
{
    /// <summary>How exactly the last use is kept; a busy entry must not be written to by every request.</summary>
    private const long UseMilliseconds = 500;

    private readonly Lock _lock = new();
    private CachedRoute? _known;
    private Failing? _failing;
    private Task? _reading;
    private long _lastUsed;
    private int _isRefreshing;

    public byte[] Host { get; } = host;

    /// <summary>Replaced whole; null until the first reading is over.</summary>
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

    /// <summary>The store could not be asked, or not be believed; it may be asked again at some time.</summary>
    public void Fail(long epoch, long retryAt) => Volatile.Write(ref _failing, new Failing(epoch, retryAt));

    /// <summary>When to ask again, or null if the last reading of this epoch went well.</summary>
    public long? RetryAt(long epoch) =>
        Volatile.Read(ref _failing) is { } failing && failing.Epoch == epoch ? failing.RetryAt : null;

    /// <summary>Joins the reading under way, or begins one.</summary>
    public Task ReadAsync(Func<HostEntry, Task> read)
    {
        lock (_lock) return _reading ??= RunAsync(read);
    }

    /// <summary>Reads in the background, unless that is being done.</summary>
    public void Refresh(Func<HostEntry, Task> read)
    {
        if (Interlocked.Exchange(ref _isRefreshing, 1) == 0) _ = RefreshAsync(read);
    }

    private async Task RunAsync(Func<HostEntry, Task> read)
    {
        await Task.Yield();     // It must be known as under way before it can be over.
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
            // What is known is served meanwhile, and the loss of the feed has been logged.
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
        }
    }

    private sealed record Failing(long Epoch, long RetryAt);
}
