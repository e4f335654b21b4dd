namespace Proxy.Core.Routing.Health;

/// <summary>A backend that is out of service.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Url">The backend, exactly as stored.</param>
/// <param name="Index">Its 0-based position in the list.</param>
/// <param name="Origin">Who took it out.</param>
public sealed record DeadBackend(string Frontend, string Url, int Index, DeadMarkOrigin Origin);

/// <summary>Who took a backend out of service.</summary>
public enum DeadMarkOrigin
{
    /// <summary>This node could not connect to it.</summary>
    ThisNode,

    /// <summary>Another node reported that it could not.</summary>
    OtherNode,

    /// <summary>It is in the store's dead set without a report: set by a checker, or by hand.</summary>
    Store,
}
