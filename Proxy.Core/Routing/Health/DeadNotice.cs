namespace Proxy.Core.Routing.Health;

/// <summary>That a backend was found dead, as it is told to the other nodes.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Url">The backend, exactly as stored.</param>
/// <param name="Index">Its index when it was chosen, or the one that was told.</param>
/// <param name="Count">Backends in the list at that time.</param>
/// <param name="Remaining">How long the mark still lasts.</param>
/// <param name="IsLate">Whether time has passed since, so that the list may have changed.</param>
public sealed record DeadNotice(string Frontend, string Url, int Index, int Count, TimeSpan Remaining, bool IsLate);
