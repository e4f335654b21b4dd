using Proxy.Core.Telemetry.Metrics;
using Proxy.Host.Service;
using Proxy.Host.Status.Metrics;
using Proxy.Http1.Pages;

namespace Proxy.Host.Status;

/// <summary>The pages of <c>--metrics-address</c>.</summary>
/// <param name="proxy">The proxy that the pages describe.</param>
/// <param name="readiness">Decides the response of <c>/readyz</c>.</param>
/// <param name="process">The metrics of the process.</param>
internal sealed class StatusPages(StatusSource proxy, ReadinessCheck readiness, ProcessMetrics process)
{
    private static readonly Page Index = Page.OfText(200, """
        /metrics      metrics for Prometheus
        /healthz      200 while the process runs
        /readyz       200 if requests should be sent here, else 503 with the reason
        /state.json   connections, routes, dead backends, Redis, certificates
        """);

    private readonly IReadOnlyList<IMetricSource> _sources = ProxyMetrics.Of(proxy, process);

    // Both pages look through all routes. Clients that request them at once must not multiply that work.
    private readonly Lock _turn = new();

    /// <summary>Returns the page of a path; null when there is none.</summary>
    public async ValueTask<Page?> FindAsync(string path, string accept) => path switch
    {
        "/" => Index,
        "/metrics" => Metrics(accept),
        "/healthz" => Page.OfText(200, "OK"),
        "/readyz" => await readiness.ReasonAgainstAsync() is { } reason
            ? Page.OfText(503, reason)
            : Page.OfText(200, "OK"),
        "/state.json" => State(await readiness.ReasonAgainstAsync()),
        _ => null,
    };

    private Page State(string? notReadyReason)
    {
        lock (_turn) return new Page(200, "application/json", StatusJson.Render(proxy.Take(notReadyReason)));
    }

    private Page Metrics(string accept)
    {
        var isOpenMetrics = accept.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
        var text = new MetricsText(isOpenMetrics);
        lock (_turn)
        {
            foreach (var source in _sources) source.WriteTo(text);
        }

        return new Page(200, text.ContentType, text.ToBytes());
    }
}
