namespace Proxy.Core.Routing.Health;

/// <summary>The message that a node publishes when a backend has failed.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Url">The backend, as stored; Hipache adds a slash.</param>
/// <param name="Index">The member of the dead set that denotes it.</param>
public readonly record struct DeadMessage(string Frontend, string Url, int Index);
