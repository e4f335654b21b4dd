namespace Proxy.Core.Tls.Handshake;

/// <summary>The versions of TLS by which handshakes are counted.</summary>
public enum HandshakeVersion
{
    /// <summary>TLS 1.3.</summary>
    Tls13,

    /// <summary>TLS 1.2.</summary>
    Tls12,

    /// <summary>An older one.</summary>
    Older,
}
