using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Epoll;

/// <summary>The pipes of one event loop: made when they are needed, kept while they are few.</summary>
internal sealed class PipePool : IDisposable
{
    /// <summary>
    /// What one pipe can hold: the most that Linux gives everybody. What comes at once wakes the receiver once, which
    /// is what passing on costs most (download, CPU: 64 KiB 582 us a MB, 256 KiB 436, 1 MiB 263).
    /// </summary>
    public const int PipeBytes = 1024 * 1024;

    /// <summary>
    /// Pipes in use at once, those of slow receivers. Linux gives a user 64 of that size, and a full one is memory.
    /// </summary>
    public const int UsedMax = 64;

    private const int KeptMax = 16;
    private readonly Lock _lock = new();
    private readonly Stack<KernelPipe> _kept = new(KeptMax);

    /// <summary>Pipes that are rented.</summary>
    public int Used { get; private set; }

    /// <summary>Pipes that were rented so far.</summary>
    public long Rentals { get; private set; }

    /// <summary>How many may be rented at once; tests allow fewer.</summary>
    public int UsedLimit { get; set; } = UsedMax;

    /// <summary>An empty pipe; null when there are too many, or no descriptors are left.</summary>
    public KernelPipe? TryRent()
    {
        lock (_lock)
        {
            if (Used >= UsedLimit) return null;
            var pipe = _kept.Count > 0 ? _kept.Pop() : Kernel.CreatePipe(PipeBytes);
            if (pipe is null) return null;
            Used++;
            Rentals++;
            return pipe;
        }
    }

    /// <summary>Takes a pipe back; one with bytes in it is closed, for they are somebody's.</summary>
    public void Return(KernelPipe pipe, bool isEmpty)
    {
        lock (_lock)
        {
            Used--;
            if (isEmpty && _kept.Count < KeptMax)
            {
                _kept.Push(pipe);
                return;
            }
        }

        pipe.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_kept.TryPop(out var pipe)) pipe.Dispose();
        }
    }
}
