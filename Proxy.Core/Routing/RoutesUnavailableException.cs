namespace Proxy.Core.Routing;

/// <summary>The store of the routes cannot be asked or told; the message is its own text.</summary>
public sealed class RoutesUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
