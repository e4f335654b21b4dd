namespace Proxy.Core.Routing.Table;

/// <summary>
/// What is known about changes in the store: whether they are pushed to this node, and how often each key may have
/// changed. Keys share counters, so that their number is bounded; a false positive costs one read.
/// </summary>
/// <param name="clock">The time.</param>
public sealed class ChangeTracker(Clock clock)
{
    /// <summary>The epoch while changes should be pushed and are not: nothing counts as fresh.</summary>
    public const long Disconnected = 0;

    /// <summary>The epoch of a store that cannot push changes: a read is fresh only by its age.</summary>
    public const long Polling = -1;

    private const int CountersCount = 1 << 20;

    private readonly int[] _counters = new int[CountersCount];
    private readonly Lock _lock = new();
    private long _epoch;
    private long _last;
    private long _disconnectedAt = clock.Now;

    /// <summary>Takes the name of a key; must not block.</summary>
    public delegate void KeyTaker(ReadOnlySpan<byte> key);

    /// <summary>Receives each key that was changed; null for none.</summary>
    public KeyTaker? Seen { get; set; }

    /// <summary>The time.</summary>
    public Clock Clock { get; } = clock;

    /// <summary>Greater than 0 while changes are pushed: what was read in an earlier epoch may have changed.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>The last moment at which everything of the latest epoch was known to be current.</summary>
    public long FreshAt => Epoch > Disconnected ? Clock.Now : Volatile.Read(ref _disconnectedAt);

    /// <summary>How long changes have not been pushed; zero while they are. For metrics.</summary>
    public TimeSpan Staleness => Epoch == Disconnected
        ? TimeSpan.FromMilliseconds(Clock.Now - Volatile.Read(ref _disconnectedAt))
        : TimeSpan.Zero;

    /// <summary>The latest epoch in which changes were pushed.</summary>
    internal long Latest => Volatile.Read(ref _last);

    /// <summary>Returns a key's counter, to be taken before the key is read.</summary>
    public KeyVersion VersionOf(ReadOnlySpan<byte> key)
    {
        var counter = HostComparer.Hash(key) & (CountersCount - 1);
        return new KeyVersion(counter, Volatile.Read(ref _counters[counter]));
    }

    /// <summary>Returns whether the key has certainly not changed, as far as changes are pushed.</summary>
    public bool IsCurrent(KeyVersion version) => Volatile.Read(ref _counters[version.Counter]) == version.Count;

    /// <summary>A key was changed.</summary>
    public void KeyChanged(ReadOnlySpan<byte> key)
    {
        Interlocked.Increment(ref _counters[HostComparer.Hash(key) & (CountersCount - 1)]);
        Seen?.Invoke(key);
    }

    /// <summary>Anything may have changed, and changes are still pushed.</summary>
    public void AllChanged()
    {
        lock (_lock)
            if (_epoch > Disconnected) Volatile.Write(ref _epoch, ++_last);
    }

    /// <summary>From now on every change is pushed.</summary>
    public void Connect()
    {
        lock (_lock) Volatile.Write(ref _epoch, ++_last);
    }

    /// <summary>Changes are no longer pushed.</summary>
    public void Disconnect()
    {
        lock (_lock)
        {
            if (_epoch == Disconnected) return;
            Volatile.Write(ref _disconnectedAt, Clock.Now);
            Volatile.Write(ref _epoch, Disconnected);
        }
    }

    /// <summary>The store cannot push changes.</summary>
    public void UsePolling()
    {
        lock (_lock) Volatile.Write(ref _epoch, Polling);
    }
}

/// <summary>How often a key may have changed, at one moment.</summary>
/// <param name="Counter">The counter that the key shares.</param>
/// <param name="Count">The value of the counter.</param>
public readonly record struct KeyVersion(int Counter, int Count);
