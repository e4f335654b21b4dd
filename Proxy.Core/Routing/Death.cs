namespace Proxy.Core.Routing;

/// <summary>That a backend was found dead, as it is told to the other nodes.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Backend">The backend, with the index it had when it was chosen.</param>
/// <param name="Count">Backends in the list at that time.</param>
/// <param name="Remaining">How long the mark still lasts.</param>
/// <param name="IsLate">Whether time has passed since, so that the list may have changed.</param>
public sealed record Death(string Frontend, Backend Backend, int Count, TimeSpan Remaining, bool IsLate);
