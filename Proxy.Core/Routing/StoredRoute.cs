namespace Proxy.Core.Routing;

/// <summary>What the store said about a frontend at one moment.</summary>
/// <param name="Name">Position of the frontend among the names that were asked for.</param>
/// <param name="List">The identifier, then the backends.</param>
/// <param name="Dead">Members of the dead set that are indexes of the list.</param>
/// <param name="DeadFor">When the dead set expires by itself; null when it does not, or is empty.</param>
public sealed record StoredRoute(int Name, string[] List, IReadOnlyList<int> Dead, TimeSpan? DeadFor);
