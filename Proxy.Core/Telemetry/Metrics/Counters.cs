namespace Proxy.Core.Telemetry.Metrics;

/// <summary>
/// Counters that many threads increment and that are read occasionally. Each event loop has cells that only its thread
/// writes, in cache lines of their own: counting there is one addition. Other threads add atomically to the cells of
/// the processor they run on.
/// </summary>
public sealed class Counters
{
    /// <summary>For <see cref="At"/>: the caller is not on the thread of a loop.</summary>
    public const int Nowhere = -1;

    // Two lines of 64 bytes: processors fetch them in pairs.
    internal const int PaddingCells = 16;
    private const int StripesMax = 64;

    private readonly long[][] _loops;
    private readonly long[][] _stripes;

    /// <summary>Creates counters, each of them 0, for a transport with this number of loops.</summary>
    public Counters(int loops, int count)
    {
        _loops = Blocks(loops, count);
        _stripes = Blocks(Math.Min(StripesMax, Environment.ProcessorCount), count);
    }

    /// <summary>
    /// Returns the cells to count in: <paramref name="loop"/> is the caller's loop, or <see cref="Nowhere"/>.
    /// </summary>
    public CounterCells At(int loop) => loop >= 0
        ? new CounterCells(_loops[loop], isShared: false)
        : new CounterCells(_stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length], isShared: true);

    /// <summary>Returns the value of a counter, over all threads.</summary>
    public long Sum(int counter)
    {
        var sum = 0L;
        foreach (var cells in _loops) sum += Volatile.Read(ref cells[PaddingCells + counter]);
        foreach (var cells in _stripes) sum += Volatile.Read(ref cells[PaddingCells + counter]);
        return sum;
    }

    /// <summary>Returns the part of a counter that one loop has counted.</summary>
    public long Of(int loop, int counter) => Volatile.Read(ref _loops[loop][PaddingCells + counter]);

    private static long[][] Blocks(int blocks, int count)
    {
        var made = new long[blocks][];
        for (var i = 0; i < blocks; i++) made[i] = new long[PaddingCells + count + PaddingCells];
        return made;
    }
}

/// <summary>The cells in which one thread counts at this moment; not to be kept across an await.</summary>
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
