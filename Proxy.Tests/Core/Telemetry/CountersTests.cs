using NUnit.Framework;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Tests.Core.Telemetry;

public sealed class CountersTests
{
    [Test]
    public void ThreadsOfHomesAndOthers_LoseNothing()
    {
        const int Homes = 3;
        const int Each = 100_000;
        var counters = new Counters(Homes, 2);
        var threads = Enumerable.Range(0, Homes + 3)
            .Select(i => new Thread(() => Count(counters, i < Homes ? i : Counters.Nowhere, Each)))
            .ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.That(counters.Sum(0), Is.EqualTo(threads.Length * (long)Each));
        Assert.That(counters.Sum(1), Is.EqualTo(threads.Length * 2L * Each));
    }

    [Test]
    public void Counting_AllocatesNothing()
    {
        var counters = new Counters(1, 1);
        var histogram = new Histogram(0, []);
        Count(new Counters(1, 2), 0, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        counters.At(0).Add(0);
        counters.At(Counters.Nowhere).Add(0);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That((allocated, counters.Sum(0), histogram.Bounds), Is.EqualTo((0L, 2L, Array.Empty<double>())));
    }

    [TestCase(0.9, 0)]
    [TestCase(1, 0, TestName = "DurationOnABound_IsInItsBucket")]
    [TestCase(1.0000001, 1)]
    [TestCase(2, 1)]
    [TestCase(2.5, 2)]
    public void Duration_IsInTheFirstBucketThatHoldsIt(double seconds, int bucket)
    {
        double[] bounds = [1, 2];
        var counters = new Counters(0, Histogram.CountersOf(bounds));
        var histogram = new Histogram(0, bounds);
        histogram.Observe(counters.At(Counters.Nowhere), TimeSpan.FromSeconds(seconds));
        var reading = histogram.Read(counters);
        Assert.That(Array.IndexOf(reading.Counts, 1), Is.EqualTo(bucket));
        Assert.That((reading.Count, reading.Sum), Is.EqualTo((1L, TimeSpan.FromSeconds(seconds))));
    }

    private static void Count(Counters counters, int home, int times)
    {
        for (var i = 0; i < times; i++)
        {
            counters.At(home).Add(0);
            counters.At(home).Add(1, 2);
        }
    }
}
