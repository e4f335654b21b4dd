namespace Proxy.Core.Telemetry.Metrics;

/// <summary>
/// Numbers that are counted by many threads and read now and then. Each of the transport's homes has cells of its own
/// that only its thread writes, in cache lines of their own: counting there is one addition. Whoever runs elsewhere
/// adds atomically to cells of the processor it happens to be on.
/// </summary>
public sealed class Counters
{
    /// <summary>For <see cref="At"/>: the caller is not on the thread of any home.</summary>
    public const int Nowhere = -1;

    // Two lines of 64 bytes: processors fetch them in pairs.
    internal const int PaddingCells = 16;
    private const int StripesMax = 64;

    private readonly long[][] _homes;
    private readonly long[][] _stripes;

    /// <summary>So many counters, each of them 0, for a transport with so many homes.</summary>
    public Counters(int homes, int count)
    {
        _homes = Blocks(homes, count);
        _stripes = Blocks(Math.Min(StripesMax, Environment.ProcessorCount), count);
    }

    /// <summary>
    /// Where to count: <paramref name="home"/> is the home on whose thread the caller runs, or <see cref="Nowhere"/>.
    /// </summary>
    public CounterCells At(int home) => home >= 0
        ? new CounterCells(_homes[home], isShared: false)
        : new CounterCells(_stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length], isShared: true);

    /// <summary>What one counter has come to, over all threads.</summary>
    public long Sum(int counter)
    {
        var sum = 0L;
        foreach (var cells in _homes) sum += Volatile.Read(ref cells[PaddingCells + counter]);
        foreach (var cells in _stripes) sum += Volatile.Read(ref cells[PaddingCells + counter]);
        return sum;
    }

    /// <summary>What one counter has come to on one home's own thread.</summary>
    public long Of(int home, int counter) => Volatile.Read(ref _homes[home][PaddingCells + counter]);

    private static long[][] Blocks(int blocks, int count)
    {
        var made = new long[blocks][];
        for (var i = 0; i < blocks; i++) made[i] = new long[PaddingCells + count + PaddingCells];
        return made;
    }
}
