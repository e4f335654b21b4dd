using System.Globalization;
using System.Text;

namespace Proxy.Core.Telemetry.Metrics;

/// <summary>
/// A page of metrics in Prometheus' text format 0.0.4, or in OpenMetrics 1.0. Each family is followed by its samples.
/// </summary>
/// <param name="isOpenMetrics">Whether it is OpenMetrics.</param>
public sealed class MetricsText(bool isOpenMetrics)
{
    /// <summary>The content type of a page.</summary>
    public const string PlainType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The content type of a page in OpenMetrics.</summary>
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly StringBuilder _text = new();
    private string _name = "";

    /// <summary>The content type of the finished page.</summary>
    public string ContentType => isOpenMetrics ? OpenMetricsType : PlainType;

    /// <summary>Starts a family; the name of a counter ends with <c>_total</c>.</summary>
    public MetricsText Family(MetricKind kind, string name, string help)
    {
        _name = name;
        var family = isOpenMetrics && kind == MetricKind.Counter ? name[..^"_total".Length] : name;
        var type = kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Gauge => "gauge",
            _ => "histogram",
        };
        _text.Append("# HELP ").Append(family).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
        return this;
    }

    /// <summary>Adds a sample of the family.</summary>
    public MetricsText Sample(long value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Name("", labels, bound: null);
        _text.Append(CultureInfo.InvariantCulture, $" {value}\n");
        return this;
    }

    /// <summary>Adds a sample of the family, in its base unit.</summary>
    public MetricsText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Name("", labels, bound: null);
        _text.Append(' ').Append(Number(value)).Append('\n');
        return this;
    }

    /// <summary>Adds all samples of one histogram of the family.</summary>
    public MetricsText Sample(HistogramSnapshot reading, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var below = 0L;
        for (var i = 0; i < reading.Counts.Length; i++)
        {
            below += reading.Counts[i];
            Name("_bucket", labels, i < reading.Bounds.Length ? Bound(reading.Bounds[i]) : "+Inf");
            _text.Append(CultureInfo.InvariantCulture, $" {below}\n");
        }

        Name("_sum", labels, bound: null);
        _text.Append(' ').Append(Number(reading.Sum.TotalSeconds)).Append('\n');
        Name("_count", labels, bound: null);
        _text.Append(CultureInfo.InvariantCulture, $" {below}\n");
        return this;
    }

    /// <summary>Returns the finished page.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(isOpenMetrics ? _text + "# EOF\n" : _text.ToString());

    private void Name(string suffix, ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        _text.Append(_name).Append(suffix);
        var separator = '{';
        foreach (var (name, value) in labels)
        {
            _text.Append(separator).Append(name).Append("=\"").Append(Escaped(value)).Append('"');
            separator = ',';
        }

        if (bound is not null) _text.Append(separator).Append("le=\"").Append(bound).Append('"');
        if (bound is not null || labels.Length > 0) _text.Append('}');
    }

    // OpenMetrics requires a bound that does not look like an integer; the other format has no such bound.
    private string Bound(double bound)
    {
        var text = ((decimal)bound).ToString(CultureInfo.InvariantCulture);
        return isOpenMetrics && !text.Contains('.') ? text + ".0" : text;
    }

    private static string Escaped(string value) => value.AsSpan().ContainsAny('\\', '"', '\n')
        ? value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
        : value;

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}

/// <summary>The kind of a metric.</summary>
public enum MetricKind
{
    /// <summary>Only grows, from 0 at the start.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Durations in buckets.</summary>
    Histogram,
}
