using Proxy.Core.Telemetry.Metrics;
using Proxy.Host.Status.Metrics;
using Proxy.Http.Telemetry;
using Proxy.Http1.Pages;

namespace Proxy.Host.Status;

/// <summary>The pages of <c>--metrics-address</c>.</summary>
internal sealed class StatusPages
{
    private readonly Parts _parts;
    private readonly IMetricSource[] _sources;
    private readonly StatePage _state;
    private readonly Lock _turn = new();

    public StatusPages(Parts parts)
    {
        _parts = parts;
        _state = new StatePage(parts);
        IMetricSource?[] sources =
        [
            new ConnectionMetrics(parts),
            new ExchangeMetrics(parts.Context.Meter),
            new RoutingMetrics(parts.Routing),
            parts.Routing.Redis is { } redis ? new RedisMetrics(redis) : null,
            new PoolMetrics(parts.Context.Pool),
            new DnsMetrics(parts.Names),
            parts.Tls,
            new LogMetrics(parts.Context.AccessLog, parts.Context.ErrorLog),
            new BuildMetrics(),
            parts.Process,
        ];
        _sources = [.. sources.OfType<IMetricSource>()];
    }

    /// <summary>The page of a path; null when there is none.</summary>
    public async ValueTask<Page?> FindAsync(string path, string accept) => path switch
    {
        "/metrics" => Metrics(accept),
        "/healthz" => Page.OfText(200, "OK"),
        "/readyz" => await _parts.Readiness.ReasonAgainstAsync() is { } reason
            ? Page.OfText(503, reason)
            : Page.OfText(200, "OK"),
        "/state.json" => await StateAsync(),
        _ => null,
    };

    private async ValueTask<Page> StateAsync()
    {
        var reason = await _parts.Readiness.ReasonAgainstAsync();
        lock (_turn) return new Page(200, "application/json", _state.Make(reason));
    }

    private Page Metrics(string accept)
    {
        var isOpenMetrics = accept.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
        var text = new MetricsText(isOpenMetrics);

        // A page may look through all routes: many who ask at once must not multiply that.
        lock (_turn)
        {
            foreach (var source in _sources) source.WriteTo(text);
        }

        return new Page(200, text.ContentType, text.ToBytes());
    }
}
