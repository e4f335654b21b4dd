namespace Proxy.Core.Routing.Selection;

/// <summary>What the <see cref="Router"/> decided for a request.</summary>
/// <param name="Failure">
/// None when there is a backend to connect to; else NoRoute, AllBackendsDead, RoutesUnavailable, or the
/// <see cref="Backend.Fault"/> of the only kind of backend the list has.
/// </param>
/// <param name="Route">The route, when one was found, with a failure too.</param>
/// <param name="Backend">The backend; with a fault of its URL it is set and has no address.</param>
/// <param name="Detail">The text for the error log, or null when there is nothing to say.</param>
/// <param name="IsTrial">Whether a dead backend is tried, because the host has no other.</param>
public readonly record struct Choice(
    Failure Failure, Route? Route, Backend? Backend, string? Detail, bool IsTrial = false);
