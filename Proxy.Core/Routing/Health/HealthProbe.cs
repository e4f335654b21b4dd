namespace Proxy.Core.Routing.Health;

/// <summary>Asks a backend once, on a connection of its own: whether it answers as it must.</summary>
public delegate Task<bool> HealthProbe(Backend backend, HealthCheck check, CancellationToken cancel);
