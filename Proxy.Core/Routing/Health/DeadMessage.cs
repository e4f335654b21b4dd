namespace Proxy.Core.Routing.Health;

/// <summary>What a node publishes when it saw a backend fail.</summary>
/// <param name="Frontend">The frontend's name.</param>
/// <param name="Url">The backend, as stored; Hipache adds a slash.</param>
/// <param name="Index">The member of the dead set that stands for it.</param>
public readonly record struct DeadMessage(string Frontend, string Url, int Index);
