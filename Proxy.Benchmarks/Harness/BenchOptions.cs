using System.Globalization;
using Proxy.Benchmarks.Harness.Setup;

namespace Proxy.Benchmarks.Harness;

/// <summary>The options of <c>./build.sh bench</c>.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        usage: ./build.sh bench [OPTION...]              measures artifacts/planb, alone or against a baseline
               ./build.sh bench micro [ARGUMENT...]      runs the microbenchmarks; arguments go to BenchmarkDotNet

          --baseline WHAT          a commit, the result.json of an earlier run, or a planb file
          --flags 'FLAG...'        flags of the candidate: '--engine sockets'
          --baseline-flags 'F...'  flags of the baseline; without --baseline it is the candidate's file
          --quick                  one scenario in 20 s, for a first impression
          --scenario NAME,...      some scenarios: small 16k 1m new tls websocket hosts dead
          --pairs N                rounds of each build, at least 5 for a verdict to hold (default: 5)
          --seconds S              how long a round measures latency (default: 2.5)
          --rate N                 requests a second, instead of the scenarios' own
          --tolerance PERCENT      how much worse is not yet exit code 1 (default: 5)
          --out DIR                where result.json and report.svg go (default: artifacts/bench/TIME)
          --record                 appends a line per scenario to Proxy.Benchmarks/history/results.jsonl
          --planb FILE             the candidate (default: artifacts/planb)

        Exit code 0 if nothing is worse beyond the tolerance, 1 if something is or a request failed, 2 on bad usage.
        """;

    /// <summary>The file that <c>build.sh</c> publishes.</summary>
    public const string Published = "artifacts/planb";

    private const int QuickPairs = 4;
    private const double QuickSeconds = 1.2;

    public string? Baseline { get; private init; }

    public string[] Flags { get; private init; } = [];

    public string[]? BaselineFlags { get; private init; }

    public bool IsQuick { get; private init; }

    public IReadOnlyList<Scenario> Scenarios { get; private init; } = Scenario.All;

    public int Pairs { get; private init; } = 5;

    public double Seconds { get; private init; } = 2.5;

    /// <summary>As a fraction: 0.05 is 5 percent.</summary>
    public double Tolerance { get; private init; } = 0.05;

    public string Out { get; private init; } = $"artifacts/bench/{DateTime.UtcNow:yyyyMMdd-HHmmss}";

    public bool IsRecorded { get; private init; }

    public string Planb { get; private init; } = Published;

    /// <summary>Reads the options.</summary>
    /// <exception cref="FormatException">An option is invalid; the message names it.</exception>
    public static BenchOptions Read(IReadOnlyList<string> typed)
    {
        var options = typed.Contains("--quick")
            ? new BenchOptions
            {
                IsQuick = true, Pairs = QuickPairs, Seconds = QuickSeconds, Scenarios = [Scenario.All[0]],
            }
            : new BenchOptions();
        var rate = 0.0;
        for (var at = 0; at < typed.Count; at++)
        {
            if (typed[at] is "--quick") continue;
            if (typed[at] is "--record") options = options with { IsRecorded = true };
            else if (typed[at] is "--rate") rate = Number(typed, ref at);
            else options = With(options, typed, ref at);
        }

        return rate > 0
            ? options with { Scenarios = [.. options.Scenarios.Select(it => it with { Rate = rate })] }
            : options;
    }

    private static BenchOptions With(BenchOptions options, IReadOnlyList<string> typed, ref int at) =>
        typed[at] switch
        {
            "--baseline" => options with { Baseline = Text(typed, ref at) },
            "--flags" => options with { Flags = Words(Text(typed, ref at)) },
            "--baseline-flags" => options with { BaselineFlags = Words(Text(typed, ref at)) },
            "--scenario" => options with { Scenarios = [.. Text(typed, ref at).Split(',').Select(Named)] },
            "--pairs" => options with { Pairs = (int)Number(typed, ref at) },
            "--seconds" => options with { Seconds = Number(typed, ref at) },
            "--tolerance" => options with { Tolerance = Number(typed, ref at) / 100 },
            "--out" => options with { Out = Text(typed, ref at) },
            "--planb" => options with { Planb = Text(typed, ref at) },
            var unknown => throw new FormatException($"there is no option {unknown}"),
        };

    private static string Text(IReadOnlyList<string> typed, ref int at) =>
        ++at < typed.Count ? typed[at] : throw new FormatException($"{typed[at - 1]} needs a value");

    private static double Number(IReadOnlyList<string> typed, ref int at)
    {
        var (name, text) = (typed[at], Text(typed, ref at));
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name} {text}: a number above 0 is needed");
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Scenario Named(string name) =>
        Scenario.All.FirstOrDefault(scenario => scenario.Name == name) ?? throw new FormatException(
            $"there is no scenario {name}; there are {string.Join(' ', Scenario.All.Select(it => it.Name))}");
}
