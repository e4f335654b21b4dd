namespace Proxy.Core.Routing;

/// <summary>The settings for routes and dead backends.</summary>
public sealed record RoutingSettings
{
    /// <summary>How long a dead mark lasts (<c>--dead-backend-time</c>).</summary>
    public TimeSpan DeadBackendTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long old routes are served while the store is unavailable; null: without limit (--stale-routes).
    /// </summary>
    public TimeSpan? StaleRoutes { get; init; }

    /// <summary>The most hosts with a route in memory (<c>--routes-cache-size</c>).</summary>
    public int RoutesMax { get; init; } = 200_000;

    /// <summary>The most hosts without a route in memory; any client can request more of them.</summary>
    public int UnknownHostsMax { get; init; } = 50_000;

    /// <summary>
    /// Whether a store that cannot push changes is read once in 2 seconds instead of for each request
    /// (<c>--backend-cache</c>).
    /// </summary>
    public bool CachesUntracked { get; init; }

    /// <summary>Whether the only backend of a host is marked too; Hipache never does (<c>--hipache</c>).</summary>
    public bool MarksLoneBackend { get; init; } = true;

    /// <summary>How long a route must not change before its faults are logged.</summary>
    internal TimeSpan InvalidRouteDelay { get; init; } = TimeSpan.FromSeconds(2);
}
