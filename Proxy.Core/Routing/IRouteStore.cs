using Proxy.Core.Routing.Health;

namespace Proxy.Core.Routing;

/// <summary>The store of routes, where dead backends are published: Redis, or a file.</summary>
public interface IRouteStore
{
    /// <summary>
    /// Returns the first of <paramref name="names"/> that has a list with at least one backend, with its dead set; null
    /// if none has. All names are read in one round trip, or only the first <paramref name="likely"/> if one of them
    /// has it.
    /// </summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be read.</exception>
    Task<StoredRoute?> ReadAsync(string[] names, int likely);

    /// <summary>
    /// Returns the list of one frontend, or as much of its start as is needed to check it; empty if there is none.
    /// </summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be read.</exception>
    /// <exception cref="RouteTypeException">Something else is stored there.</exception>
    Task<string[]> ReadListAsync(string name) => Task.FromResult<string[]>([]);

    /// <summary>Receives the name of each frontend that was read and has no backend, or is not a list.</summary>
    Action<string>? OnInvalidRoute
    {
        get => null;
        set { }
    }

    /// <summary>Publishes that a backend is dead; returns the published index, or -1 if it has left the list.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be written.</exception>
    Task<int> PublishDeadAsync(DeadNotice notice);

    /// <summary>Publishes that a backend is healthy again.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be written.</exception>
    Task PublishAliveAsync(DeadNotice notice);

    /// <summary>Removes an expired mark, unless a health monitor renews it.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be written.</exception>
    Task EndMarkAsync(DeadNotice notice) => PublishAliveAsync(notice);

    /// <summary>Whether a read shows earlier writes; false if a copy is read.</summary>
    bool ReadsItsWrites => true;

    /// <summary>Returns null if the store answers, else the reason.</summary>
    ValueTask<string?> PingAsync();
}

/// <summary>A frontend as read from the store at one moment.</summary>
/// <param name="Name">The position of the frontend among the requested names.</param>
/// <param name="List">The identifier, then the backends.</param>
/// <param name="Dead">Members of the dead set that are indexes of the list.</param>
/// <param name="DeadFor">When the dead set expires; null if it does not, or is empty.</param>
public sealed record StoredRoute(int Name, string[] List, IReadOnlyList<int> Dead, TimeSpan? DeadFor);

/// <summary>The store of the routes cannot be read or written; the message is complete.</summary>
public sealed class RoutesUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>What is stored under a route's key is not a list; the message includes what to do.</summary>
public sealed class RouteTypeException(string message) : Exception(message);
