namespace Proxy.Benchmarks.Harness;

/// <summary>The reason why nothing can be measured: some lines for the terminal.</summary>
internal sealed class BenchFailure(string message, Exception? cause = null) : Exception(message, cause);
