namespace Proxy.Core.Routing;

/// <summary>What is stored under a route's key is no list; the message says so and what to do.</summary>
public sealed class RouteTypeException(string message) : Exception(message);
