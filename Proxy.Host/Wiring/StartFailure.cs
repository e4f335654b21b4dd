namespace Proxy.Host.Wiring;

/// <summary>Why the proxy cannot start: one line for the operator, naming the flag to look at. Exit code 1.</summary>
internal sealed class StartFailure(string message, Exception? cause = null) : Exception(message, cause);
