using CsCheck;
using NUnit.Framework;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Tests.Benchmarks;

public sealed class LatencyHistogramTests
{
    private const double Precision = 0.001;

    private static readonly double[] Percentiles = [0, 50, 90, 99, 99.9, 99.99, 100];

    [Test]
    public void Percentiles_AreThoseOfTheSortedSamples() =>
        Gen.Long[1, 5_000_000_000].Array[1, 2000].Sample(samples =>
        {
            var histogram = Of(samples);
            Array.Sort(samples);
            foreach (var percentile in Percentiles)
            {
                var rank = Math.Max(1, (int)(percentile / 100 * samples.Length + 0.5));
                var expected = samples[rank - 1] / 1000.0;
                Assert.That(histogram.Microseconds(percentile), Is.EqualTo(expected).Within(expected * Precision));
            }
        });

    [Test]
    public void EncodedAndDecoded_IsTheSame() =>
        Gen.Long[1, 5_000_000_000].Array[0, 500].Sample(samples =>
        {
            var histogram = Of(samples);
            var decoded = LatencyHistogram.Decode(histogram.Encode());
            Assert.That(decoded.Count, Is.EqualTo(samples.Length));
            foreach (var percentile in Percentiles)
                Assert.That(decoded.Microseconds(percentile), Is.EqualTo(histogram.Microseconds(percentile)));
        });

    [Test]
    public void Sum_HasTheSamplesOfAll()
    {
        var sum = LatencyHistogram.Sum([Of(1000, 1000), Of(9000, 9000, 9000)]);
        Assert.That(sum.Count, Is.EqualTo(5));
        Assert.That(sum.Microseconds(40), Is.EqualTo(1).Within(0.1).Percent);
        Assert.That(sum.Microseconds(60), Is.EqualTo(9).Within(0.1).Percent);
    }

    [Test]
    public void LatencyOutOfRange_CountsAsTheNearestInside()
    {
        var histogram = Of(-5, 0, long.MaxValue);
        Assert.That(histogram.Count, Is.EqualTo(3));
        Assert.That(histogram.Microseconds(0), Is.EqualTo(0.001));
        Assert.That(histogram.Microseconds(100), Is.EqualTo(100e6).Within(0.1).Percent);
    }

    [Test]
    public void CountBeyond_IsWhatAPercentileLeaves() =>
        Assert.That(Of([.. Enumerable.Repeat(7L, 10_000)]).CountBeyond(99.9), Is.EqualTo(10).Within(1e-6));

    private static LatencyHistogram Of(params long[] samples)
    {
        var histogram = new LatencyHistogram();
        foreach (var sample in samples) histogram.Record(sample);
        return histogram;
    }
}
