using Proxy.Benchmarks.Harness.Report;
using Proxy.Benchmarks.Harness.Setup;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Tests.Fixtures.Benchmarks;

/// <summary>Made up results.</summary>
internal static class SampleRounds
{
    /// <summary>A round of requests that took from 1 to <paramref name="requests"/> microseconds.</summary>
    public static Measurement Round(double cpu, int requests = 1000)
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= requests; i++) histogram.Record(1000L * i);
        return new Measurement
        {
            Requests = requests,
            Failures = 0,
            FirstFailure = "",
            BusyCpuMicroseconds = cpu,
            CpuMicroseconds = 2 * cpu,
            Histogram = histogram.Encode(),
            ResidentBytes = 20 * 1024 * 1024,
            AllocatedBytes = null,
            GeneratorShare = 0.2,
            LateShare = 0.001,
            QueuedShare = 0,
        };
    }

    public static IReadOnlyList<Measurement> Rounds(params double[] cpu) => [.. cpu.Select(it => Round(it))];

    /// <summary>A run with one scenario of each kind.</summary>
    public static BenchResult Result(ScenarioRounds rounds) => new()
    {
        Date = new DateTimeOffset(2026, 11, 24, 8, 19, 27, TimeSpan.Zero),
        Machine = new Machine
        {
            Cpu = "A & B <fast>",
            Cores = 2,
            Kernel = "6.1",
            Governor = "unknown",
            LoadAverage = 0.25,
            Pinning = "none",
        },
        Candidate = "bbbbbbb --engine <native>",
        Baseline = rounds.Baseline.Count > 0 ? "aaaaaaa" : null,
        Tolerance = 0.05,
        Scenarios =
        [
            ScenarioResult.Of(Scenario.All[0], rounds, Round(0)),
            ScenarioResult.OfSkipped("tls", "over TLS", "skipped: no TLS"),
        ],
    };
}
