using System.Net;

namespace Proxy.Http.Clients;

/// <summary>What a client's connection looks like from outside, at one moment.</summary>
/// <param name="Age">Milliseconds since it was accepted, or since the handshake was over.</param>
/// <param name="Stage">What it does.</param>
/// <param name="Peer">The client.</param>
/// <param name="Home">The event loop it lives on.</param>
/// <param name="Host">The host of the request that is served, or became a tunnel; null when there is none.</param>
public readonly record struct ConnectionStatus(
    long Age, ConnectionStage Stage, EndPoint Peer, int Home, string? Host);
