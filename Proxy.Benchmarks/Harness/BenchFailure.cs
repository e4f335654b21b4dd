namespace Proxy.Benchmarks.Harness;

/// <summary>Why nothing can be measured: some lines for whoever typed the command.</summary>
internal sealed class BenchFailure(string message, Exception? cause = null) : Exception(message, cause);
