using NUnit.Framework;
using Proxy.Benchmarks.Harness.Statistics;
using Proxy.Tests.Fixtures.Benchmarks;

namespace Proxy.Tests.Benchmarks;

public sealed class ComparisonTests
{
    private static readonly double[] Before = [10, 10.1, 9.9, 10, 10.2];
    private static readonly double[] Slower = [12, 12.1, 11.9, 12, 12.2];

    [Test]
    public void Figures_AreMediansOfTheRounds()
    {
        var cpu = Cpu(new ScenarioRounds(SampleRounds.Rounds(Before), SampleRounds.Rounds(Slower), ArePairs: true));
        Assert.That((cpu.Baseline, cpu.Candidate), Is.EqualTo((10.0, 12.0)));
        Assert.That(cpu.Judgement!.ToString(), Is.EqualTo("worse"));
    }

    [Test]
    public void WithoutABaseline_IsNoJudgement()
    {
        var cpu = Cpu(new ScenarioRounds([], SampleRounds.Rounds(Slower), ArePairs: true));
        Assert.That(cpu, Is.EqualTo(new Comparison("CPU us, busy", null, 12, null)));
    }

    [Test]
    public void WorseOnceAndNotAgain_IsNoDifference()
    {
        var rounds = new ScenarioRounds(
            SampleRounds.Rounds([.. Before, .. Before]),
            SampleRounds.Rounds([.. Slower, 10.1, 10.2, 9.9, 10.1, 10.1]),
            ArePairs: true,
            ConfirmedFrom: 5);
        Assert.That(Cpu(rounds).Judgement!.Verdict, Is.EqualTo(Verdict.NoSignificantDifference));
    }

    [Test]
    public void WorseTwice_IsWorse()
    {
        var rounds = new ScenarioRounds(
            SampleRounds.Rounds([.. Before, .. Before]),
            SampleRounds.Rounds([.. Slower, .. Slower]),
            ArePairs: true,
            ConfirmedFrom: 5);
        Assert.That(Cpu(rounds).Judgement!.Verdict, Is.EqualTo(Verdict.Worse));
    }

    [TestCase("p50 us", true)]
    [TestCase("p99 us", true)]
    [TestCase("p99.9 us", false, TestName = "PercentileWithFewRequestsBeyond_IsToldAndNotJudged")]
    public void Percentile_IsJudgedWithTenRequestsBeyond(string metric, bool isJudged)
    {
        var rounds = new ScenarioRounds(SampleRounds.Rounds(Before), SampleRounds.Rounds(Before), ArePairs: true);
        var comparison = rounds.Compare().Single(it => it.Metric == metric);
        Assert.That(comparison.Candidate, Is.Not.Null);
        Assert.That(comparison.Judgement is not null, Is.EqualTo(isJudged));
    }

    [Test]
    public void FigureThatCannotBeHad_IsNone()
    {
        var rounds = new ScenarioRounds(SampleRounds.Rounds(Before), SampleRounds.Rounds(Before), ArePairs: true);
        Assert.That(rounds.Compare().Single(it => it.Metric.StartsWith("allocated", StringComparison.Ordinal)),
            Is.EqualTo(new Comparison("allocated B", null, null, null)));
    }

    private static Comparison Cpu(ScenarioRounds rounds) =>
        rounds.Compare().Single(it => it.Metric == "CPU us, busy");
}
