namespace Proxy.Core.Transport;

/// <summary>What an event loop looks like from outside, at one moment.</summary>
/// <param name="Index">Which one.</param>
/// <param name="Turns">How often it has waited; starts again from below after 2^31.</param>
/// <param name="Descriptors">Connections and listening sockets that it watches.</param>
/// <param name="QueuedItems">What other threads gave it to do and it has not begun.</param>
public readonly record struct LoopStatus(int Index, int Turns, int Descriptors, int QueuedItems);
