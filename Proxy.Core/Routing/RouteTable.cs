using System.Collections.Concurrent;

namespace Proxy.Core.Routing;

/// <summary>The routes this node knows, by Host value. One reading at a time is under way for a host.</summary>
internal sealed class RouteTable(IRoutes routes, MarkTeller teller, Clock clock)
{
    private readonly ConcurrentDictionary<string, Frontend> _frontends = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Route?>>> _flights = new();

    /// <summary>The route of a host, or null when there is none.</summary>
    /// <exception cref="RoutesUnavailableException">The store cannot be asked.</exception>
    public Task<Route?> FindAsync(string[] names) =>
        _flights.GetOrAdd(names[0], _ => new(() => ReadAsync(names))).Value;

    private async Task<Route?> ReadAsync(string[] names)
    {
        await Task.Yield();     // The flight must be entered before it can be over.
        try
        {
            var told = teller.Told;
            var reading = await routes.ReadAsync(names, names.Length);
            if (reading is null) return null;
            var state = _frontends.GetOrAdd(names[reading.Name], static name => new Frontend(name));
            var route = new Route(state, reading, clock.Now);
            state.Confirm(route, told);
            return route;
        }
        finally
        {
            _flights.TryRemove(names[0], out _);
        }
    }
}
