using Proxy.Core.Routing.Health;

namespace Proxy.Core.Routing;

/// <summary>What is wrong with the routes in memory.</summary>
/// <param name="Invalid">Hosts whose list has an entry that is not a backend.</param>
/// <param name="Dead">Dead backends; once each, however many hosts share the frontend.</param>
/// <param name="Listed">The first of them.</param>
public sealed record RouteSummary(int Invalid, int Dead, IReadOnlyList<DeadBackend> Listed)
{
    internal static RouteSummary Of(IEnumerable<Route> routes, long now, int namedMax)
    {
        var (bad, dead) = (0, 0);
        var named = new List<DeadBackend>();
        var seen = new HashSet<Frontend>();
        foreach (var route in routes)
        {
            if (Array.Exists(route.Backends, backend => backend.Fault is not Failure.None)) bad++;
            if (!route.MayHaveDead || !seen.Add(route.State)) continue;
            foreach (var (backend, origin) in route.Dead(now))
            {
                dead++;
                if (named.Count < namedMax)
                    named.Add(new DeadBackend(route.Frontend, backend.Url, backend.Index, origin));
            }
        }

        return new RouteSummary(bad, dead, named);
    }
}
