using System.Reflection;
using System.Runtime.InteropServices;
using Proxy.Core.Telemetry.Metrics;

namespace Proxy.Host.Status.Metrics;

/// <summary>Which build this is, as a metric.</summary>
internal sealed class BuildMetrics : IMetricSource
{
    private static readonly string[] VersionAndCommit = (typeof(BuildMetrics).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+');

    /// <summary>The version, as <c>--version</c> says it.</summary>
    public static string Version => VersionAndCommit[0];

    /// <summary>The commit it was built from; empty when it was built from no repository.</summary>
    public static string Commit => VersionAndCommit.Length > 1 ? VersionAndCommit[1] : "";

    /// <inheritdoc/>
    public void WriteTo(MetricsText text) =>
        text.Family(MetricKind.Gauge, "planb_build_info", "Always 1; the labels tell which build this is.")
            .Sample(1L, ("version", Version), ("commit", Commit), ("runtime", RuntimeInformation.FrameworkDescription));
}
