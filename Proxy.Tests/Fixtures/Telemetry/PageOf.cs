using System.Text;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Tests.Fixtures.Telemetry;

/// <summary>The page that parts of the proxy write.</summary>
internal static class PageOf
{
    public static PrometheusPage Source(IMetricSource source)
    {
        var text = new MetricsText(isOpenMetrics: false);
        source.WriteTo(text);
        return PrometheusPage.Parse(Encoding.UTF8.GetString(text.ToBytes()));
    }
}
