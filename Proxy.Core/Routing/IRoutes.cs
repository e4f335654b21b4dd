namespace Proxy.Core.Routing;

/// <summary>Where routes are known: Redis, or a table in front of it.</summary>
public interface IRoutes
{
    /// <summary>
    /// The route for a Host value (as received, port included), or null when no list with a backend exists.
    /// </summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    ValueTask<Route?> FindAsync(string host);

    /// <summary>
    /// Tells everyone that a backend of a route is dead. Returns at once; a failure to tell goes to the error log.
    /// </summary>
    void MarkDead(Route route, Backend backend);

    /// <summary>Whether routes can be served: null, or the reason why not.</summary>
    ValueTask<string?> PingAsync();
}

/// <summary>The store of the routes cannot be asked; the message is its own text.</summary>
public sealed class RoutesUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
