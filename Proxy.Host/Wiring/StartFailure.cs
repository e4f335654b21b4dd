namespace Proxy.Host.Wiring;

/// <summary>The reason why the proxy cannot start: one line for the operator, with the flag. Exit code 1.</summary>
internal sealed class StartFailure(string message, Exception? cause = null) : Exception(message, cause);
