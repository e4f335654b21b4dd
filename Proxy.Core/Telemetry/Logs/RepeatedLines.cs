namespace Proxy.Core.Telemetry.Logs;

/// <summary>
/// Recognizes lines that were written recently, so that repeats are only counted, and their number is written once a
/// minute. It is bounded: when there are too many different lines, the oldest is removed and its number written. Not
/// thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="write">Takes a line and the number of its repeats.</param>
internal sealed class RepeatedLines(TimeProvider time, Action<byte[], long> write)
{
    /// <summary>The most lines that are remembered.</summary>
    public const int LinesMax = 512;

    /// <summary>The most bytes that are remembered of a line, and of its key.</summary>
    public const int BytesMax = 1024;

    /// <summary>How long repeats are counted before their number is written.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, RepeatedLine> _lines = [];
    private readonly Queue<RepeatedLine> _byAge = [];

    /// <summary>Returns whether a line with this key was written already, and counts it; else remembers it.</summary>
    /// <param name="key">Equal for lines that count as repeats of each other.</param>
    /// <param name="line">The line to write with the number.</param>
    public bool IsRepeat(ReadOnlySpan<byte> key, ReadOnlySpan<byte> line)
    {
        WriteDue();
        key = key[..Math.Min(key.Length, BytesMax)];
        var hash = new HashCode();
        hash.AddBytes(key);
        var place = hash.ToHashCode();
        if (_lines.TryGetValue(place, out var known))
        {
            // Two keys with one hash are rare: lines with the later key are written each time.
            if (!key.SequenceEqual(known.Key)) return false;
            known.Repeats++;
            return true;
        }

        if (_lines.Count == LinesMax) Remove(_byAge.Peek());
        known = new RepeatedLine(place, key.ToArray(), line[..Math.Min(line.Length, BytesMax)].ToArray())
        {
            Since = Now,
        };
        _lines.Add(place, known);
        _byAge.Enqueue(known);
        return false;
    }

    /// <summary>Writes the numbers whose minute is over.</summary>
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

    /// <summary>Writes all numbers and removes all lines.</summary>
    public void WriteAll()
    {
        while (_byAge.TryPeek(out var oldest)) Remove(oldest);
    }

    private long Now => time.GetTimestamp();

    private void Remove(RepeatedLine oldest)
    {
        _byAge.Dequeue();
        _lines.Remove(oldest.Place);
        if (oldest.Repeats > 0) WriteCount(oldest);
    }

    private void WriteCount(RepeatedLine known)
    {
        write(known.Line, known.Repeats);
        known.Repeats = 0;
    }

    /// <summary>A line that was written.</summary>
    private sealed class RepeatedLine(int place, byte[] key, byte[] line)
    {
        public int Place => place;

        public byte[] Key => key;

        public byte[] Line => line;

        public long Since { get; set; }

        public long Repeats { get; set; }
    }
}
