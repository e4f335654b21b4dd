using Proxy.Core.Linux;

namespace Proxy.Core.Transport.Epoll;

/// <summary>The pipes of one event loop: created on demand, pooled while they are few.</summary>
internal sealed class PipePool : IDisposable
{
    /// <summary>
    /// The capacity of a pipe: the most that Linux gives an unprivileged process. What arrives at once wakes the
    /// receiver once, which is what forwarding costs most (download, CPU: 64 KiB 582 us per MB, 256 KiB 436, 1 MiB
    /// 263).
    /// </summary>
    public const int PipeBytes = 1024 * 1024;

    /// <summary>
    /// The most pipes in use at once, those of slow receivers. Linux gives a user 64 of that size; a full one is
    /// memory.
    /// </summary>
    public const int UsedMax = 64;

    private const int IdleMax = 16;
    private readonly Lock _lock = new();
    private readonly Stack<KernelPipe> _idle = new(IdleMax);

    /// <summary>The rented pipes.</summary>
    public int Used { get; private set; }

    /// <summary>How many pipes were rented so far.</summary>
    public long Rentals { get; private set; }

    /// <summary>The most that may be rented at once; tests permit fewer.</summary>
    public int UsedLimit { get; set; } = UsedMax;

    /// <summary>Returns an empty pipe; null if there are too many, or no descriptors are left.</summary>
    public KernelPipe? TryRent()
    {
        lock (_lock)
        {
            if (Used >= UsedLimit) return null;
            var pipe = _idle.Count > 0 ? _idle.Pop() : Kernel.CreatePipe(PipeBytes);
            if (pipe is null) return null;
            Used++;
            Rentals++;
            return pipe;
        }
    }

    /// <summary>Takes a pipe back; one that still contains bytes is closed.</summary>
    public void Return(KernelPipe pipe, bool isEmpty)
    {
        lock (_lock)
        {
            Used--;
            if (isEmpty && _idle.Count < IdleMax)
            {
                _idle.Push(pipe);
                return;
            }
        }

        pipe.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_idle.TryPop(out var pipe)) pipe.Dispose();
        }
    }
}
