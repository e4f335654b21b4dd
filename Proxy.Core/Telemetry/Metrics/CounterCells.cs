namespace Proxy.Core.Telemetry.Metrics;

/// <summary>Where one thread counts at this moment; not to be kept across an await.</summary>
public readonly ref struct CounterCells
{
    private readonly long[] _cells;
    private readonly bool _isShared;

    internal CounterCells(long[] cells, bool isShared) => (_cells, _isShared) = (cells, isShared);

    /// <summary>Adds to one counter.</summary>
    public void Add(int counter, long amount = 1)
    {
        ref var cell = ref _cells[Counters.PaddingCells + counter];
        if (_isShared) Interlocked.Add(ref cell, amount);
        else Volatile.Write(ref cell, cell + amount);
    }
}
