namespace Proxy.Core.Tls.Handshake;

/// <summary>Why there was no connection after a client began a handshake.</summary>
public enum HandshakeFailure
{
    /// <summary>There is no certificate for the name it asked for.</summary>
    NoCertificate,

    /// <summary>What it said is not TLS.</summary>
    NotTls,

    /// <summary>It did not finish in time.</summary>
    Timeout,

    /// <summary>It closed the connection.</summary>
    ClientGone,

    /// <summary>Both sides could not agree, or it broke the rules.</summary>
    Protocol,

    /// <summary>More handshakes were under way than are allowed at once.</summary>
    TooMany,
}
