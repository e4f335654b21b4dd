using System.Xml.Linq;
using Proxy.Benchmarks.Harness.Statistics;

namespace Proxy.Benchmarks.Harness.Report;

/// <summary>
/// <c>report.svg</c>: a panel per scenario with a line per build. The x axis has percentiles, each nine as wide as the
/// one before; the y axis has latencies, each power of ten as high as the one before.
/// </summary>
internal static class PercentileChart
{
    private const double Width = 760, PanelHeight = 260, Left = 70, Right = 20, Top = 46, Bottom = 40;
    private const double NinesMax = 4.3;
    private const int StepsPerNine = 20;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly double[] Marks = [0, 50, 90, 99, 99.9, 99.99];

    public static string Of(BenchResult result)
    {
        var scenarios = result.Scenarios.Where(scenario => scenario.Rounds is not null).ToArray();
        var height = scenarios.Length * PanelHeight;
        var panels = scenarios.Select((scenario, index) => Panel(result, scenario, index * PanelHeight));
        return new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {height}"),
            new XAttribute("width", Width),
            new XAttribute("height", height),
            new XAttribute("font-family", "sans-serif"),
            new XAttribute("font-size", 12),
            new XElement(Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"),
                new XAttribute("fill", "white")),
            panels) + "\n";
    }

    private static XElement Panel(BenchResult result, ScenarioResult scenario, double y)
    {
        var rounds = scenario.Rounds!;
        var lines = new List<Curve> { new(result.Candidate, "#c0392b", Sum(rounds.Candidate)) };
        if (rounds.Baseline.Count > 0) lines.Insert(0, new Curve(result.Baseline!, "#2c6fbb", Sum(rounds.Baseline)));
        if (scenario.Bare is { } bare) lines.Add(new Curve("without a proxy", "#999999", bare.Latencies));
        var scale = Scale.Of(lines.Select(line => line.Latencies));
        return new XElement(
            Svg + "g",
            new XAttribute("transform", $"translate(0 {y})"),
            Label(Left, 16, "start", $"{scenario.Name}: {scenario.Title}", "black"),
            Grid(scale),
            lines.Select((line, index) => Line(line, index, scale)));
    }

    private static LatencyHistogram Sum(IEnumerable<Measurement> rounds) =>
        LatencyHistogram.Sum(rounds.Select(round => round.Latencies));

    private static IEnumerable<XElement> Grid(Scale scale)
    {
        foreach (var power in scale.Powers)
        {
            var y = scale.Y(power);
            yield return Stroke(Left, y, Width - Right, y);
            yield return Label(Left - 6, y + 4, "end", power < 1000 ? $"{power} us" : $"{power / 1000} ms");
        }

        foreach (var percentile in Marks)
        {
            var x = X(percentile);
            yield return Stroke(x, Top, x, PanelHeight - Bottom);
            yield return Label(x, PanelHeight - Bottom + 16, "middle", $"{percentile} %");
        }
    }

    private static IEnumerable<XElement> Line(Curve line, int index, Scale scale)
    {
        var points = Enumerable.Range(0, (int)(NinesMax * StepsPerNine) + 1)
            .Select(step => 100 * (1 - Math.Pow(10, -(double)step / StepsPerNine)))
            // Beyond the last request there is nothing to draw.
            .Where(percentile => line.Latencies.CountBeyond(percentile) >= 1)
            .Select(percentile => $"{X(percentile):0.#},{scale.Y(line.Latencies.Microseconds(percentile)):0.#}");
        yield return new XElement(
            Svg + "polyline",
            new XAttribute("fill", "none"),
            new XAttribute("stroke", line.Colour),
            new XAttribute("stroke-width", 1.8),
            new XAttribute("points", string.Join(' ', points)));
        yield return Label(Left + 8 + index * 220, 34, "start", line.Name, line.Colour);
    }

    private static double X(double percentile) =>
        Left + (Width - Left - Right) * -Math.Log10(1 - percentile / 100) / NinesMax;

    private static XElement Stroke(double x1, double y1, double x2, double y2) => new(
        Svg + "path",
        new XAttribute("d", $"M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}"),
        new XAttribute("stroke", "#dddddd"));

    private static XElement Label(double x, double y, string anchor, string text, string colour = "#555555") => new(
        Svg + "text",
        new XAttribute("x", $"{x:0.#}"),
        new XAttribute("y", $"{y:0.#}"),
        new XAttribute("text-anchor", anchor),
        new XAttribute("fill", colour),
        text);

    private sealed record Curve(string Name, string Colour, LatencyHistogram Latencies);

    /// <summary>From the power of ten below the least latency to the one above the greatest, in microseconds.</summary>
    private sealed record Scale(int Lowest, int Highest)
    {
        public IEnumerable<double> Powers =>
            Enumerable.Range(Lowest, Highest - Lowest + 1).Select(power => Math.Pow(10, power));

        public static Scale Of(IEnumerable<LatencyHistogram> curves)
        {
            var all = curves.ToArray();
            var lowest = (int)Math.Floor(Math.Log10(Math.Max(1, all.Min(curve => curve.Microseconds(0)))));
            var highest = (int)Math.Ceiling(Math.Log10(Math.Max(10, all.Max(curve => curve.Microseconds(100)))));
            return new Scale(lowest, Math.Max(highest, lowest + 1));
        }

        public double Y(double microseconds)
        {
            var share = (Math.Log10(Math.Max(microseconds, 1)) - Lowest) / (Highest - Lowest);
            return PanelHeight - Bottom - share * (PanelHeight - Top - Bottom);
        }
    }
}
