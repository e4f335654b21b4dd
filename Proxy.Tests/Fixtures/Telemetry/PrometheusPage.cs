using System.Globalization;
using System.Text.RegularExpressions;

namespace Proxy.Tests.Fixtures.Telemetry;

/// <summary>
/// Reads a page of metrics as strictly as the formats are written down: what no scraper has to accept is refused.
/// </summary>
internal sealed partial class PrometheusPage
{
    private readonly Dictionary<string, double> _samples = [];
    private readonly Dictionary<string, string> _types = [];
    private readonly bool _isOpenMetrics;
    private string _family = "";
    private string _helped = "";

    private PrometheusPage(bool isOpenMetrics) => _isOpenMetrics = isOpenMetrics;

    /// <summary>The names of the families, those of counters with their <c>_total</c>.</summary>
    public IEnumerable<string> Families => _types.Select(
        pair => _isOpenMetrics && pair.Value == "counter" ? pair.Key + "_total" : pair.Key);

    /// <summary>Series as they are written, <c>name{label="value"}</c>.</summary>
    public IReadOnlyCollection<string> Series => _samples.Keys;

    /// <summary>The value of a series; 0 when there is none.</summary>
    public double this[string series] => _samples.GetValueOrDefault(series);

    /// <exception cref="FormatException">The page is malformed; the message names the line.</exception>
    public static PrometheusPage Parse(string text, bool isOpenMetrics = false)
    {
        var page = new PrometheusPage(isOpenMetrics);
        if (!text.EndsWith('\n')) throw new FormatException("no final line end");
        var lines = text[..^1].Split('\n');
        if (isOpenMetrics && lines[^1] != "# EOF") throw new FormatException("no # EOF");
        foreach (var line in isOpenMetrics ? lines[..^1] : lines) page.ReadLine(line);
        foreach (var (family, type) in page._types)
            if (type == "histogram") page.CheckHistogram(family);
        return page;
    }

    private void ReadLine(string line)
    {
        if (Help().Match(line) is { Success: true } help) _helped = help.Groups["name"].Value;
        else if (Type().Match(line) is { Success: true } type) Begin(line, type);
        else if (Sample().Match(line) is { Success: true } sample) Add(line, sample);
        else throw new FormatException($"neither help, type nor sample: {line}");
    }

    private void Begin(string line, Match type)
    {
        _family = type.Groups["name"].Value;
        if (_helped != _family) throw new FormatException($"no help before: {line}");
        if (!_types.TryAdd(_family, type.Groups["type"].Value)) throw new FormatException($"twice: {line}");
        var isTotal = _family.EndsWith("_total", StringComparison.Ordinal);
        if (_types[_family] == "counter" && isTotal == _isOpenMetrics) throw new FormatException($"total: {line}");
    }

    private void Add(string line, Match sample)
    {
        var name = sample.Groups["name"].Value;
        var suffix = name.StartsWith(_family, StringComparison.Ordinal) ? name[_family.Length..] : "?";
        var isOfFamily = _types.GetValueOrDefault(_family) switch
        {
            "counter" => suffix == (_isOpenMetrics ? "_total" : ""),
            "gauge" => suffix.Length == 0,
            "histogram" => suffix is "_bucket" or "_sum" or "_count",
            _ => false,
        };
        if (!isOfFamily) throw new FormatException($"not of family {_family}: {line}");
        var value = double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);
        if (_types[_family] != "gauge" && value < 0) throw new FormatException($"below 0: {line}");
        if (!_samples.TryAdd(line[..line.LastIndexOf(' ')], value)) throw new FormatException($"twice: {line}");
    }

    // Buckets contain those before them, and the last one is the count.
    private void CheckHistogram(string family)
    {
        var below = new Dictionary<string, double>();
        foreach (var (series, value) in _samples)
        {
            var bucket = Bucket().Match(series);
            if (!bucket.Success || bucket.Groups["name"].Value != family) continue;
            var labels = bucket.Groups["labels"].Value;
            if (value < below.GetValueOrDefault(labels)) throw new FormatException($"falls: {series}");
            below[labels] = value;
            if (bucket.Groups["bound"].Value != "+Inf") continue;
            var count = labels.Length == 0 ? family + "_count" : $"{family}_count{{{labels.TrimEnd(',')}}}";
            if (_samples[count] != value) throw new FormatException($"not the count: {series}");
        }
    }

    [GeneratedRegex("^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) [^\n\\\\]+$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)""" +
        """(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*"(,(?!\})|(?=\})))+\})?""" +
        """ (?<value>-?[0-9.]+(E[-+]?[0-9]+)?)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""^(?<name>\w+)_bucket\{(?<labels>.*?)le="(?<bound>[^"]+)"\}$""")]
    private static partial Regex Bucket();
}
