namespace Proxy.Core.Routing.Selection;

/// <summary>The decision of the <see cref="Router"/> for a request.</summary>
/// <param name="Failure">
/// None if there is a backend to connect to; else NoRoute, AllBackendsDead, RoutesUnavailable, or the
/// <see cref="Backend.Fault"/> of the only kind of backend the list has.
/// </param>
/// <param name="Route">The route, if one was found, also with a failure.</param>
/// <param name="Backend">The backend; one with an invalid URL has no address.</param>
/// <param name="Detail">The text for the error log, or null for none.</param>
/// <param name="IsTrial">Whether a dead backend is tried, because the host has no other.</param>
public readonly record struct Choice(
    Failure Failure, Route? Route, Backend? Backend, string? Detail, bool IsTrial = false);
