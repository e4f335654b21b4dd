using System.Security.Authentication;

namespace Proxy.Core.Tls.Handshake;

/// <summary>Counts handshakes.</summary>
public sealed class HandshakeCounts
{
    private readonly long[] _whole = new long[Enum.GetValues<HandshakeVersion>().Length];
    private readonly long[] _resumed = new long[Enum.GetValues<HandshakeVersion>().Length];
    private readonly long[] _failed = new long[Enum.GetValues<HandshakeFailure>().Length];

    /// <summary>Returns the finished handshakes of a version that resumed a session or did not.</summary>
    public long this[HandshakeVersion version, bool isResumed] =>
        Interlocked.Read(ref (isResumed ? _resumed : _whole)[(int)version]);

    /// <summary>Returns the handshakes that failed for a reason.</summary>
    public long this[HandshakeFailure failure] => Interlocked.Read(ref _failed[(int)failure]);

    internal void Succeeded(SslProtocols protocol, bool isResumed)
    {
        var version = protocol switch
        {
            SslProtocols.Tls13 => HandshakeVersion.Tls13,
            SslProtocols.Tls12 => HandshakeVersion.Tls12,
            _ => HandshakeVersion.Older,
        };
        Interlocked.Increment(ref (isResumed ? _resumed : _whole)[(int)version]);
    }

    internal void Failed(HandshakeFailure failure) => Interlocked.Increment(ref _failed[(int)failure]);
}

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

/// <summary>Why a handshake with a client failed.</summary>
public enum HandshakeFailure
{
    /// <summary>There is no certificate for the requested server name.</summary>
    NoCertificate,

    /// <summary>The client sent something other than TLS.</summary>
    NotTls,

    /// <summary>The client did not finish in time.</summary>
    Timeout,

    /// <summary>The client closed the connection.</summary>
    ClientGone,

    /// <summary>The two sides found no common parameters, or the client violated the protocol.</summary>
    Protocol,

    /// <summary>More handshakes were under way than are permitted at once.</summary>
    TooMany,
}
