using HdrHistogram;
using HdrHistogram.Utilities;

namespace Proxy.Benchmarks.Harness.Statistics;

/// <summary>
/// Counts of latencies between 1 ns and 100 s, each to three significant digits: an HdrHistogram, which other tools
/// read as well. What is outside counts as the nearest that is inside.
/// </summary>
internal sealed class LatencyHistogram
{
    private const long NanosecondsMax = 100_000_000_000;
    private const int Digits = 3;
    private const int EncodedBytesMax = 1024 * 1024;

    private readonly HistogramBase _histogram;

    public LatencyHistogram()
        : this(new LongHistogram(1, NanosecondsMax, Digits))
    {
    }

    private LatencyHistogram(HistogramBase histogram) => _histogram = histogram;

    /// <summary>How many latencies were recorded.</summary>
    public long Count => _histogram.TotalCount;

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    public static LatencyHistogram Decode(string encoded)
    {
        var bytes = ByteBuffer.Allocate(Convert.FromBase64String(encoded));
        return new LatencyHistogram(HistogramEncoding.DecodeFromCompressedByteBuffer(bytes, 1));
    }

    /// <summary>All of several histograms in one.</summary>
    public static LatencyHistogram Sum(IEnumerable<LatencyHistogram> parts)
    {
        var sum = new LatencyHistogram();
        foreach (var part in parts) sum._histogram.Add(part._histogram);
        return sum;
    }

    public void Record(long nanoseconds) => _histogram.RecordValue(Math.Clamp(nanoseconds, 1, NanosecondsMax));

    /// <summary>The latency in microseconds of the request whose rank is nearest to a percentile; 0 if there is none.
    /// </summary>
    public double Microseconds(double percentile) =>
        Count == 0 ? 0 : _histogram.GetValueAtPercentile(percentile) / 1000.0;

    /// <summary>How many latencies are beyond a percentile: with few of them it is a matter of luck.</summary>
    public double CountBeyond(double percentile) => Count * (100 - percentile) / 100;

    /// <summary>HdrHistogram's compressed form in base64; its numbers are nanoseconds.</summary>
    public string Encode()
    {
        var room = ByteBuffer.Allocate(EncodedBytesMax);
        var length = _histogram.EncodeIntoCompressedByteBuffer(room);
        var bytes = new byte[length];
        room.Position = 0;
        for (var i = 0; i < length; i++) bytes[i] = room.Get();
        return Convert.ToBase64String(bytes);
    }
}
