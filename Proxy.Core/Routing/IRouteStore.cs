using Proxy.Core.Routing.Health;

namespace Proxy.Core.Routing;

/// <summary>Where routes are kept and dead backends are told: Redis, or a file.</summary>
public interface IRouteStore
{
    /// <summary>
    /// The first of <paramref name="names"/> that has a list with at least one backend, with its dead set; null when
    /// none has. All names are asked in one trip, or only the first <paramref name="likely"/> if one of them has it.
    /// </summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    Task<StoredRoute?> ReadAsync(string[] names, int likely);

    /// <summary>
    /// The list of one frontend, or as much of its beginning as is needed to judge it; empty when there is none.
    /// </summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    /// <exception cref="RouteTypeException">Something else is stored there.</exception>
    Task<string[]> ReadListAsync(string name) => Task.FromResult<string[]>([]);

    /// <summary>Given the name of each frontend that was read and has no backend, or is no list.</summary>
    Action<string>? OnInvalidRoute
    {
        get => null;
        set { }
    }

    /// <summary>Tells everyone that a backend is dead; the index told, or -1 if it has left the list.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be told.</exception>
    Task<int> PublishDeadAsync(DeadNotice death);

    /// <summary>Ends a mark for everyone.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be told.</exception>
    Task PublishAliveAsync(DeadNotice death);

    /// <summary>Ends a mark whose time is over, unless a health monitor keeps it.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be told.</exception>
    Task EndMarkAsync(DeadNotice death) => PublishAliveAsync(death);

    /// <summary>Whether a reading shows what was told before; not so when a copy is read.</summary>
    bool ReadsItsWrites => true;

    /// <summary>Whether the store answers: null, or the reason why not.</summary>
    ValueTask<string?> PingAsync();
}
