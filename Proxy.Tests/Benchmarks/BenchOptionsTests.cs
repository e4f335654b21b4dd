using NUnit.Framework;
using Proxy.Benchmarks.Harness;

namespace Proxy.Tests.Benchmarks;

public sealed class BenchOptionsTests
{
    [Test]
    public void Nothing_IsAllScenariosWithFivePairs()
    {
        var options = BenchOptions.Read([]);
        Assert.That((options.Scenarios.Count, options.Pairs, options.Tolerance, options.Planb, options.Baseline),
            Is.EqualTo((8, 5, 0.05, "artifacts/planb", default(string))));
    }

    [Test]
    public void Quick_IsOneScenarioInTwentySeconds()
    {
        var options = BenchOptions.Read(["--quick"]);
        Assert.That(options.Scenarios, Has.Count.EqualTo(1));
        Assert.That(2 * options.Pairs * options.Seconds, Is.LessThan(20));
    }

    [Test]
    public void WhatIsTyped_WinsOverQuick()
    {
        var options = BenchOptions.Read(
            ["--scenario", "1m,dead", "--quick", "--pairs", "9", "--rate", "70", "--flags", "--engine sockets"]);
        Assert.That(
            options.Scenarios.Select(scenario => (scenario.Name, scenario.Rate)),
            Is.EqualTo(new[] { ("1m", 70.0), ("dead", 70.0) }));
        Assert.That((options.Pairs, options.IsQuick), Is.EqualTo((9, true)));
        Assert.That(options.Flags, Is.EqualTo(new[] { "--engine", "sockets" }));
        Assert.That(options.BaselineFlags, Is.Null);
    }

    [TestCase("--scenario nonsense",
        "there is no scenario nonsense; there are small 16k 1m new tls websocket hosts dead")]
    [TestCase("--pairs", "--pairs needs a value")]
    [TestCase("--pairs zero", "--pairs zero: a number above 0 is needed")]
    [TestCase("--tolerance -1", "--tolerance -1: a number above 0 is needed")]
    [TestCase("--bogus", "there is no option --bogus")]
    public void WhatCannotBeRead_IsTold(string typed, string complaint) =>
        Assert.That(
            () => BenchOptions.Read(typed.Split(' ')),
            Throws.TypeOf<FormatException>().With.Message.EqualTo(complaint));
}
