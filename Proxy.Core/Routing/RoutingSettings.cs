namespace Proxy.Core.Routing;

/// <summary>What the operator decides about routes and dead backends.</summary>
public sealed record RoutingSettings
{
    /// <summary>How long a dead mark lives (<c>--dead-backend-time</c>).</summary>
    public TimeSpan DeadBackendTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the only backend of a host is marked, too; Hipache never does (<c>--hipache</c>).</summary>
    public bool MarksLoneBackend { get; init; } = true;
}
