namespace Proxy.Http.Clients;

/// <summary>What becomes of a client's connection after an exchange.</summary>
internal enum Disposition : byte
{
    /// <summary>The next request may follow.</summary>
    KeepAlive,

    /// <summary>Everything was read and answered; close in order.</summary>
    Close,

    /// <summary>The client may still be sending: close so that the answer survives it.</summary>
    Linger,

    /// <summary>Both sides have switched protocols.</summary>
    Tunnel,

    /// <summary>
    /// The response is not complete, which its framing shows: close in order, behind what was received of it.
    /// </summary>
    Incomplete,

    /// <summary>The response is not complete, and only a reset shows that, behind what was received of it.</summary>
    Reset,

    /// <summary>The client is gone, or cannot be answered: end the connection now.</summary>
    Cut,
}
