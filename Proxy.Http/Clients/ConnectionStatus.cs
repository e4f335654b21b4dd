using System.Net;

namespace Proxy.Http.Clients;

/// <summary>The phase of a client connection.</summary>
public enum ConnectionStage
{
    /// <summary>Waits for the client's next request.</summary>
    Idle,

    /// <summary>Reads a request head, or looks up its route.</summary>
    ReadingHead,

    /// <summary>Connects to the backend, sends it the request, or waits for its response.</summary>
    WaitingForBackend,

    /// <summary>Sends the response to the client.</summary>
    Sending,

    /// <summary>Upgraded to another protocol; bytes are forwarded in both directions.</summary>
    Tunnel,

    /// <summary>The last response was sent.</summary>
    Closing,
}

/// <summary>The status of a client connection at one moment, for diagnostics.</summary>
/// <param name="Age">Milliseconds since the connection was accepted or, with TLS, since the handshake.</param>
/// <param name="Stage">The phase the connection is in.</param>
/// <param name="Peer">The client's address and port.</param>
/// <param name="Loop">The index of the event loop that serves the connection.</param>
/// <param name="Host">The host of the request or tunnel that is served; null when there is none.</param>
public readonly record struct ConnectionStatus(
    long Age, ConnectionStage Stage, EndPoint Peer, int Loop, string? Host);
