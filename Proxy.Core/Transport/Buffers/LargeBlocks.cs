namespace Proxy.Core.Transport.Buffers;

/// <summary>
/// Memory of one event loop for bulk data: what is received at once wakes the sender and the receiver once. There is
/// little of it, as each slow receiver holds a block; without one, bytes are received in smaller pieces.
/// </summary>
internal sealed class LargeBlocks
{
    /// <summary>The size of a block. With it 1 MiB costs 0.8 to 0.9 of the CPU time of 64 KiB pieces.</summary>
    public const int BlockBytes = 256 * 1024;

    /// <summary>The most blocks in use at once: 16 MiB per loop.</summary>
    public const int UsedMax = 64;

    private const int IdleMax = 16;
    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _idle = new(IdleMax);

    /// <summary>The rented blocks.</summary>
    public int Used { get; private set; }

    /// <summary>Returns a block; null if too many are in use.</summary>
    public byte[]? TryRent()
    {
        lock (_lock)
        {
            if (Used >= UsedMax) return null;
            Used++;
            if (_idle.TryPop(out var block)) return block;
        }

        return GC.AllocateUninitializedArray<byte>(BlockBytes);
    }

    /// <summary>Takes a block back.</summary>
    public void Return(byte[] block)
    {
        lock (_lock)
        {
            Used--;
            if (_idle.Count < IdleMax) _idle.Push(block);
        }
    }
}
