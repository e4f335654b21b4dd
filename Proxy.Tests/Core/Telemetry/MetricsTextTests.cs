using System.Text;
using NUnit.Framework;
using Proxy.Core.Telemetry.Metrics;
using Proxy.Tests.Fixtures.Telemetry;

namespace Proxy.Tests.Core.Telemetry;

public sealed class MetricsTextTests
{
    [Test]
    public void PlainText_IsAsGosClientWritesIt() => Assert.That(Written(isOpenMetrics: false), Is.EqualTo(
        """
        # HELP a_total Some.
        # TYPE a_total counter
        a_total{x="1",y="b"} 7
        # HELP b_seconds Others.
        # TYPE b_seconds histogram
        b_seconds_bucket{le="0.00005"} 1
        b_seconds_bucket{le="1"} 3
        b_seconds_bucket{le="+Inf"} 6
        b_seconds_sum 4.5
        b_seconds_count 6

        """));

    [Test]
    public void OpenMetrics_NamesFamiliesWithoutTotalAndEnds() => Assert.That(Written(isOpenMetrics: true), Is.EqualTo(
        """
        # HELP a Some.
        # TYPE a counter
        a_total{x="1",y="b"} 7
        # HELP b_seconds Others.
        # TYPE b_seconds histogram
        b_seconds_bucket{le="0.00005"} 1
        b_seconds_bucket{le="1.0"} 3
        b_seconds_bucket{le="+Inf"} 6
        b_seconds_sum 4.5
        b_seconds_count 6
        # EOF

        """));

    [Test]
    public void LabelValues_AreEscaped()
    {
        var text = new MetricsText(isOpenMetrics: false);
        text.Family(MetricKind.Gauge, "g", "Some.").Sample(1L, ("host", "a\"b\\c\nd\u00e9"));
        Assert.That(Encoding.UTF8.GetString(text.ToBytes()), Does.EndWith("g{host=\"a\\\"b\\\\c\\nd\u00e9\"} 1\n"));
        Assert.DoesNotThrow(() => PrometheusPage.Parse(Encoding.UTF8.GetString(text.ToBytes())));
    }

    [TestCase("a 1\n", TestName = "SampleWithoutFamily_IsRefused")]
    [TestCase("# HELP a x\n# TYPE a gauge\na 1\na 1\n", TestName = "SeriesTwice_IsRefused")]
    [TestCase("# HELP a x\n# TYPE a gauge\nb 1\n", TestName = "SampleOfAnotherFamily_IsRefused")]
    [TestCase("# HELP a x\n# TYPE a gauge\na{x=\"1\",} 1\n", TestName = "DanglingComma_IsRefused")]
    [TestCase("# HELP a x\n# TYPE a gauge\na 1", TestName = "MissingLineEnd_IsRefused")]
    [TestCase(
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        TestName = "FallingBuckets_AreRefused")]
    public void MalformedPage_IsRefusedByTheTestsOwnReader(string page) =>
        Assert.Throws<FormatException>(() => PrometheusPage.Parse(page));

    private static string Written(bool isOpenMetrics)
    {
        var text = new MetricsText(isOpenMetrics);
        text.Family(MetricKind.Counter, "a_total", "Some.").Sample(7L, ("x", "1"), ("y", "b"));
        text.Family(MetricKind.Histogram, "b_seconds", "Others.")
            .Sample(new HistogramSnapshot([.00005, 1], [1, 2, 3], TimeSpan.FromSeconds(4.5)));
        var page = Encoding.UTF8.GetString(text.ToBytes());
        PrometheusPage.Parse(page, isOpenMetrics);
        return page;
    }
}
