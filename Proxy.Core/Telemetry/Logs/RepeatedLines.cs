namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// Knows which lines were told lately, so that what says the same again is only counted, and told by number once a
/// minute. It is bounded: when too much differs, the oldest is forgotten, its number told before. Not for two threads
/// at once.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="tell">Takes a line and how many like it there were.</param>
internal sealed class RepeatedLines(TimeProvider time, Action<byte[], long> tell)
{
    /// <summary>Lines that are remembered.</summary>
    public const int LinesMax = 512;

    /// <summary>What is remembered of a line, and what of what makes it the same as another.</summary>
    public const int BytesMax = 1024;

    /// <summary>How long repeats are counted before their number is told.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, RepeatedLine> _told = [];
    private readonly Queue<RepeatedLine> _byAge = [];

    /// <summary>Whether the like of it was told already, and it is counted now; else it is remembered.</summary>
    /// <param name="key">What makes it the same as another.</param>
    /// <param name="line">What to remember it by.</param>
    public bool IsRepeat(ReadOnlySpan<byte> key, ReadOnlySpan<byte> line)
    {
        WriteDue();
        key = key[..Math.Min(key.Length, BytesMax)];
        var hash = new HashCode();
        hash.AddBytes(key);
        var place = hash.ToHashCode();
        if (_told.TryGetValue(place, out var told))
        {
            // Two lines at one place are a rarity: the later one is told each time.
            if (!key.SequenceEqual(told.Key)) return false;
            told.Repeats++;
            return true;
        }

        if (_told.Count == LinesMax) Remove(_byAge.Peek());
        told = new RepeatedLine(place, key.ToArray(), line[..Math.Min(line.Length, BytesMax)].ToArray())
        {
            Since = Now,
        };
        _told.Add(place, told);
        _byAge.Enqueue(told);
        return false;
    }

    /// <summary>Tells the numbers whose minute is over.</summary>
    public void WriteDue()
    {
        while (_byAge.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) >= Window)
        {
            if (oldest.Repeats == 0)
            {
                Remove(oldest);
                continue;
            }

            WriteCount(oldest);
            oldest.Since = Now;
            _byAge.Enqueue(_byAge.Dequeue());
        }
    }

    /// <summary>Tells all numbers and forgets everything.</summary>
    public void WriteAll()
    {
        while (_byAge.TryPeek(out var oldest)) Remove(oldest);
    }

    private long Now => time.GetTimestamp();

    private void Remove(RepeatedLine oldest)
    {
        _byAge.Dequeue();
        _told.Remove(oldest.Place);
        if (oldest.Repeats > 0) WriteCount(oldest);
    }

    private void WriteCount(RepeatedLine told)
    {
        tell(told.Line, told.Repeats);
        told.Repeats = 0;
    }

    /// <summary>A line that was told.</summary>
    private sealed class RepeatedLine(int place, byte[] key, byte[] line)
    {
        public int Place => place;

        public byte[] Key => key;

        public byte[] Line => line;

        public long Since { get; set; }

        public long Repeats { get; set; }
    }
}
