namespace Proxy.Core.Routing.Health;

/// <summary>What a backend must answer to count as alive (hash <c>healthcheck:HOST</c>).</summary>
/// <param name="Path">What is asked for, beginning with a slash.</param>
/// <param name="Body">Text the answer must contain; empty for any.</param>
/// <param name="Status">The status the answer must have; 0 for any.</param>
public sealed record HealthCheck(string Path, string Body, int Status);
