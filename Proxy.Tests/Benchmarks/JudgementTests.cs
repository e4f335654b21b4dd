using NUnit.Framework;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Tests.Benchmarks;

/// <summary>Judged is what a machine whose speed drifts would have measured.</summary>
public sealed class JudgementTests
{
    private const int Experiments = 300;
    private const int Pairs = 5;

    [Test]
    public void SameDistribution_IsSeldomToldApart()
    {
        var reported = CountOf(1.0, judgement => judgement.Verdict is Verdict.Better or Verdict.Worse);
        // Five of five on the same side are luck once in sixteen times.
        Assert.That(reported, Is.LessThan(Experiments / 10));
    }

    [Test]
    public void SameDistribution_IsHardlyEverWorseBeyondTheTolerance() =>
        Assert.That(CountOf(1.0, judgement => judgement.IsWorseBeyond(0.05)), Is.LessThan(Experiments / 50));

    [Test]
    public void AFifthWorse_IsWorse() =>
        Assert.That(CountOf(1.2, judgement => judgement.IsWorseBeyond(0.05)), Is.GreaterThan(Experiments * 95 / 100));

    [Test]
    public void AFifthLess_IsBetter() =>
        Assert.That(CountOf(0.8, it => it.Verdict is Verdict.Better), Is.GreaterThan(Experiments * 95 / 100));

    [Test]
    public void SlightlyWorse_IsWithinTheTolerance()
    {
        var judgement = Judgement.OfPairs([100, 101, 99, 100, 100], [103, 104, 102, 103, 103]);
        Assert.That(judgement.Verdict, Is.EqualTo(Verdict.Worse));
        Assert.That(judgement.IsWorseBeyond(0.05), Is.False);
        Assert.That(judgement.IsWorseBeyond(0.02), Is.True);
    }

    [Test]
    public void EqualFigures_WouldShowAnyDifference()
    {
        var judgement = Judgement.OfPairs([7, 7, 7], [7, 7, 7]);
        Assert.That(judgement.ToString(), Is.EqualTo("no significant difference (detectable: 0 %)"));
    }

    [Test]
    public void WideInterval_ShowsWhatWasDetectable()
    {
        var judgement = Judgement.OfPairs([10, 10, 10, 10, 10], [9, 10, 10, 10, 13]);
        Assert.That((judgement.Ratio, judgement.Low, judgement.High), Is.EqualTo((1.0, 0.9, 1.3)));
        Assert.That(judgement.ToString(), Is.EqualTo("no significant difference (detectable: 30 %)"));
    }

    [Test]
    public void TwoPairs_AreNoVerdict() =>
        Assert.That(Judgement.OfPairs([1, 1], [2, 2]).Verdict, Is.EqualTo(Verdict.None));

    [Test]
    public void NothingToCompareWith_IsNoVerdict() =>
        Assert.That(Judgement.OfPairs([0, 0, 0], [0, 0, 0]).Verdict, Is.EqualTo(Verdict.None));

    [Test]
    public void FiguresOfAnotherTime_AreComparedByTheirMedians()
    {
        double[] before = [100, 96, 104, 99, 101], now = [121, 119, 125, 117, 120];
        Assert.That(Judgement.OfSeparate(before, now).Verdict, Is.EqualTo(Verdict.Worse));
        Assert.That(Judgement.OfSeparate(before, before).Verdict, Is.EqualTo(Verdict.NoSignificantDifference));
    }

    private static int CountOf(double factor, Func<Judgement, bool> isTold)
    {
        var random = new Random(20261124);
        return Enumerable.Range(0, Experiments).Count(_ =>
        {
            double[] drift = [.. Enumerable.Range(0, Pairs).Select(_ => 100 * (1 + random.NextDouble()))];
            double[] baseline = [.. drift.Select(speed => speed * Noise(random))];
            double[] candidate = [.. drift.Select(speed => speed * factor * Noise(random))];
            return isTold(Judgement.OfPairs(baseline, candidate));
        });
    }

    // Normal, with a deviation of 3 percent.
    private static double Noise(Random random) =>
        1 + 0.03 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
