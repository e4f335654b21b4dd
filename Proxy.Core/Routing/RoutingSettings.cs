namespace Proxy.Core.Routing;

/// <summary>What the operator decides about routes and dead backends.</summary>
public sealed record RoutingSettings
{
    /// <summary>How long a dead mark lives (<c>--dead-backend-time</c>).</summary>
    public TimeSpan DeadBackendTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long old routes are served while the store is away; null: for ever (--stale-routes).</summary>
    public TimeSpan? StaleRoutes { get; init; }

    /// <summary>How many hosts with a route are kept in memory (<c>--routes-cache-size</c>).</summary>
    public int RoutesMax { get; init; } = 200_000;

    /// <summary>How many hosts without a route are remembered; anybody can ask for such.</summary>
    public int UnknownHostsMax { get; init; } = 50_000;

    /// <summary>
    /// Whether a store that cannot push changes is asked once in 2 seconds instead of for each request
    /// (<c>--backend-cache</c>).
    /// </summary>
    public bool CachesUntracked { get; init; }

    /// <summary>Whether the only backend of a host is marked, too; Hipache never does (<c>--hipache</c>).</summary>
    public bool MarksLoneBackend { get; init; } = true;

    /// <summary>How long a route has to stay as it is before mistakes in it are logged.</summary>
    internal TimeSpan MistakeWait { get; init; } = TimeSpan.FromSeconds(2);
}
