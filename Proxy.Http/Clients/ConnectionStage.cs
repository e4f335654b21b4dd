namespace Proxy.Http.Clients;

/// <summary>What a client's connection does.</summary>
public enum ConnectionStage
{
    /// <summary>Waits for the client's next request.</summary>
    Idle,

    /// <summary>Reads the head of a request, or looks its route up.</summary>
    ReadingHead,

    /// <summary>The request is on its way, or the backend is thinking.</summary>
    WaitingForBackend,

    /// <summary>The answer is on its way to the client.</summary>
    Sending,

    /// <summary>Upgraded: bytes pass both ways.</summary>
    Tunnel,

    /// <summary>The last answer was given.</summary>
    Closing,
}
