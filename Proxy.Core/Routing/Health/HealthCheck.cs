namespace Proxy.Core.Routing.Health;

/// <summary>What a backend must answer to be healthy (hash <c>healthcheck:HOST</c>).</summary>
/// <param name="Path">The requested path, starting with a slash.</param>
/// <param name="Body">Text the answer must contain; empty for any.</param>
/// <param name="Status">The status the answer must have; 0 for any.</param>
public sealed record HealthCheck(string Path, string Body, int Status);

/// <summary>Probes a backend once, on a connection of its own; true if it answers as required.</summary>
public delegate Task<bool> HealthProbe(Backend backend, HealthCheck check, CancellationToken cancel);
