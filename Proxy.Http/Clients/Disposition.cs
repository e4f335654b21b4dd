namespace Proxy.Http.Clients;

/// <summary>What the client connection does after an exchange.</summary>
internal enum Disposition : byte
{
    /// <summary>Waits for the next request.</summary>
    KeepAlive,

    /// <summary>Closes: the request was read to its end and answered.</summary>
    Close,

    /// <summary>
    /// Lingers before it closes: the client may still be sending, and a reset would destroy the response.
    /// </summary>
    Linger,

    /// <summary>Becomes a tunnel: both sides have switched protocols.</summary>
    Tunnel,

    /// <summary>
    /// Closes after the received part of an incomplete response; the client detects the truncation by the framing.
    /// </summary>
    Incomplete,

    /// <summary>
    /// Resets after the received part of an incomplete response, whose truncation the framing would not show.
    /// </summary>
    Reset,

    /// <summary>Aborts at once: the client has disconnected, or cannot be answered.</summary>
    Abort,
}
