namespace Proxy.Core.Telemetry.Metrics;

/// <summary>A part of the proxy that can be measured.</summary>
public interface IMetricSource
{
    /// <summary>Writes its metric families as they are now. Called from any thread, one call at a time.</summary>
    void WriteTo(MetricsText text);
}
