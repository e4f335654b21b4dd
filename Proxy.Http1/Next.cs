namespace Proxy.Http1;

/// <summary>What becomes of a client's connection after an exchange.</summary>
internal enum Next : byte
{
    /// <summary>The next request may follow.</summary>
    KeepAlive,

    /// <summary>Everything was read and answered; close in order.</summary>
    Close,

    /// <summary>The client may still be sending: close so that the answer survives it.</summary>
    Linger,

    /// <summary>Both sides have switched protocols.</summary>
    Tunnel,

    /// <summary>What was sent is not complete, and the client must be able to tell.</summary>
    Cut,
}
