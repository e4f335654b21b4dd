using System.Xml.Linq;
using NUnit.Framework;
using Proxy.Benchmarks.Harness;
using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Statistics;
using Proxy.Tests.Fixtures.Benchmarks;

namespace Proxy.Tests.Benchmarks;

public sealed class ReportTests
{
    private static readonly ScenarioRounds Alone = new([], SampleRounds.Rounds(20, 21, 22), ArePairs: true);
    private static readonly ScenarioRounds Worse =
        new(SampleRounds.Rounds(20, 21, 22), SampleRounds.Rounds(30, 31, 32), ArePairs: true);

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("planb-test-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(false, 2)]
    [TestCase(true, 3)]
    public void Chart_IsWellFormedWithALineABuild(bool isCompared, int lines)
    {
        var chart = XDocument.Parse(PercentileChart.Of(SampleRounds.Result(isCompared ? Worse : Alone)));
        var points = chart.Descendants().Where(it => it.Name.LocalName == "polyline")
            .Select(it => it.Attribute("points")!.Value).ToArray();
        Assert.That(points, Has.Length.EqualTo(lines));
        Assert.That(points, Has.All.Match(@"^\d+(\.\d)?,\d+(\.\d)?( \d+(\.\d)?,\d+(\.\d)?){40,}$"));
        Assert.That(chart.Root!.Value, Does.Contain("bbbbbbb --engine <native>"));
    }

    [Test]
    public void ResultFile_ReadsWhatItWrote()
    {
        var (file, copy) = (Path.Combine(_folder, "a.json"), Path.Combine(_folder, "b.json"));
        var result = SampleRounds.Result(Worse);
        ResultFile.Write(result, file);
        var read = ResultFile.Read(file);
        ResultFile.Write(read, copy);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(copy), Is.EqualTo(File.ReadAllText(file)));
            Assert.That(read.Machine, Is.EqualTo(result.Machine));
            Assert.That(read.Scenarios[0].Comparisons, Is.EqualTo(result.Scenarios[0].Comparisons));
            Assert.That(read.RoundsOf("small").Select(round => round.Latencies.Count), Is.All.EqualTo(1000));
            Assert.That(read.RoundsOf("tls"), Is.Empty);
            Assert.That(read.RoundsOf("unknown"), Is.Empty);
        });
    }

    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("null")]
    public void FileOfAnotherKind_IsRefused(string text)
    {
        var file = Path.Combine(_folder, "other.json");
        File.WriteAllText(file, text);
        Assert.That(() => ResultFile.Read(file), Throws.TypeOf<BenchFailure>().With.Message.Contains("other.json"));
    }

    [Test]
    public void History_IsAppendedTo()
    {
        var file = Path.Combine(_folder, "history", "results.jsonl");
        History.Append(SampleRounds.Result(Alone), file);
        History.Append(SampleRounds.Result(Worse), file);
        var lines = File.ReadAllLines(file);
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[1], Does.StartWith(
            """{"date":"2026-11-24T08:19:27Z","build":"bbbbbbb --engine \u003Cnative\u003E","machine":"""));
        Assert.That(lines[1], Does.Contain("""
            "scenario":"small","rounds":3,"figures":{"CPU us, busy":31,"CPU us, at rate":62,"p50 us":500
            """.Trim()));
    }

    [Test]
    public void Text_TellsTheVerdictAndWhyAScenarioWasSkipped()
    {
        var text = Print(Worse);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Match(@"CPU us, busy +21\.0 +31\.0 +1\.476 +1\.455 \.\. 1\.500 +worse\n"));
            Assert.That(text, Does.Match(
                @"p50 us +500\.\d +500\.\d +1\.000 .* no significant difference \(detectable"));
            Assert.That(text, Does.Contain("\ntls: over TLS\n  skipped: no TLS\n"));
            Assert.That(text, Does.Contain("**bench** bbbbbbb --engine <native> against aaaaaaa: " +
                "small CPU us, busy x1.48 worse, CPU us, at rate x1.48 worse; tls skipped\n"));
            Assert.That(text, Does.EndWith("verdict: worse by more than 5 %, or requests failed\n"));
        });
    }

    [Test]
    public void TextWithoutABaseline_HasTheFigures()
    {
        var text = Print(Alone);
        Assert.That(text, Does.Match(@"CPU us, busy +21\.0\n"));
        Assert.That(text, Does.EndWith("verdict: nothing is worse by more than 5 %\n"));
    }

    [Test]
    public void FailedRequests_FailTheScenario()
    {
        var failed = SampleRounds.Round(20) with { Failures = 2, FirstFailure = "answered HTTP/1.1 503" };
        var rounds = new ScenarioRounds([], [failed], ArePairs: true);
        Assert.That(SampleRounds.Result(rounds).Scenarios[0].IsFailed(0.05), Is.True);
        Assert.That(Print(rounds), Does.Contain("FAILED requests of the candidate: 2, first: answered HTTP/1.1 503"));
    }

    private static string Print(ScenarioRounds rounds)
    {
        using var writer = new StringWriter();
        var result = SampleRounds.Result(rounds);
        var report = new TextReport(writer, result.Tolerance);
        report.Open(result);
        foreach (var scenario in result.Scenarios) report.Write(scenario);
        report.Close(result, "folder");
        return writer.ToString();
    }
}
