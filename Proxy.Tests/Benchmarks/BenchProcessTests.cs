using System.Diagnostics;
using System.Xml.Linq;
using NUnit.Framework;
using Proxy.Benchmarks.Harness.Report;
using Proxy.Tests.Fixtures.Programs;

namespace Proxy.Tests.Benchmarks;

/// <summary>The harness as <c>./build.sh bench</c> runs it, for as short as it can be. What it measures is no matter.
/// </summary>
public sealed class BenchProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("planb-test-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task QuickRun_TellsAVerdictAndWritesTheFiles()
    {
        var (exitCode, output, errors) = await RunAsync(
            "--quick", "--scenario", "websocket,dead", "--rate", "500", "--pairs", "3", "--seconds", "0.1",
            "--tolerance", "100000", "--planb", PlanbProcess.Binary, "--baseline-flags", "--engine sockets",
            "--out", _folder);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero, output + errors);
            Assert.That(output, Does.Match(@"CPU us, busy( +[\d.]+){3} .* (better|worse|no significant difference)"));
            Assert.That(output, Does.EndWith("verdict: nothing is worse by more than 100000 %\n"));
        });

        var result = ResultFile.Read(Path.Combine(_folder, "result.json"));
        var chart = XDocument.Load(Path.Combine(_folder, "report.svg"));
        Assert.Multiple(() =>
        {
            Assert.That(result.Scenarios.Select(scenario => scenario.Name), Is.EqualTo(new[] { "websocket", "dead" }));
            Assert.That(result.Baseline, Does.EndWith(" --engine sockets"));
            Assert.That(chart.Root!.Name.LocalName, Is.EqualTo("svg"));
        });
        foreach (var rounds in result.Scenarios.Select(scenario => scenario.Rounds!))
        {
            Assert.That(rounds.Baseline.Concat(rounds.Candidate).Select(round => round.Requests), Is.All.EqualTo(50));
            Assert.That(rounds.Candidate.Select(round => round.BusyCpuMicroseconds), Is.All.GreaterThan(0));
        }
    }

    [Test]
    public async Task EarlierResult_CanBeTheBaseline()
    {
        string[] common =
        [
            "--quick", "--rate", "500", "--seconds", "0.1", "--pairs", "1", "--planb", PlanbProcess.Binary,
            "--out", _folder,
        ];
        await RunAsync(common);
        var (exitCode, output, errors) = await RunAsync(
            [.. common, "--tolerance", "100000", "--baseline", Path.Combine(_folder, "result.json")]);
        Assert.That(exitCode, Is.Zero, output + errors);
        Assert.That(output, Does.Contain("not interleaved: the baseline was measured at another time"));
    }

    [TestCase("--bogus", 2, "there is no option --bogus")]
    [TestCase("--planb nowhere", 1, "there is no nowhere; ./build.sh bench makes it")]
    [TestCase("--baseline no-such-commit", 1, "no-such-commit is no commit here, no result.json, and no file")]
    public async Task WhatCannotBeMeasured_IsToldOnStderr(string typed, int expected, string complaint)
    {
        var (exitCode, _, errors) = await RunAsync(["--planb", PlanbProcess.Binary, .. typed.Split(' ')]);
        Assert.That(exitCode, Is.EqualTo(expected));
        Assert.That(errors, Does.StartWith($"bench: {complaint}\n"));
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(TestContext.CurrentContext.TestDirectory, "Proxy.Benchmarks");
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Tidy.Repository.Root.FullName,
        })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Limit);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
