namespace Proxy.Core.Transport.Buffers;

/// <summary>
/// Memory of one event loop for what comes in bulk: what is received at once wakes the sender and the receiver once.
/// There is little of it, for each slow receiver holds a block; without one, bytes come in smaller pieces.
/// </summary>
internal sealed class LargeBlocks
{
    /// <summary>The size of a block. 1 MiB costs 0.8 to 0.9 of the CPU that it costs in pieces of 64 KiB.</summary>
    public const int BlockBytes = 256 * 1024;

    /// <summary>Blocks in use at once: 16 MiB a loop.</summary>
    public const int UsedMax = 64;

    private const int KeptMax = 16;
    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _kept = new(KeptMax);

    /// <summary>Blocks that are rented.</summary>
    public int Used { get; private set; }

    /// <summary>A block; null when too many are in use.</summary>
    public byte[]? TryRent()
    {
        lock (_lock)
        {
            if (Used >= UsedMax) return null;
            Used++;
            if (_kept.TryPop(out var block)) return block;
        }

        return GC.AllocateUninitializedArray<byte>(BlockBytes);
    }

    /// <summary>Takes a block back.</summary>
    public void Return(byte[] block)
    {
        lock (_lock)
        {
            Used--;
            if (_kept.Count < KeptMax) _kept.Push(block);
        }
    }
}
