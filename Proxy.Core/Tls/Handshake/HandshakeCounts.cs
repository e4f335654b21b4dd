using System.Security.Authentication;

namespace Proxy.Core.Tls.Handshake;

/// <summary>Counts handshakes.</summary>
public sealed class HandshakeCounts
{
    private readonly long[] _whole = new long[Enum.GetValues<HandshakeVersion>().Length];
    private readonly long[] _resumed = new long[Enum.GetValues<HandshakeVersion>().Length];
    private readonly long[] _failed = new long[Enum.GetValues<HandshakeFailure>().Length];

    /// <summary>Finished handshakes that agreed on that version, and resumed a session or did not.</summary>
    public long this[HandshakeVersion version, bool isResumed] =>
        Interlocked.Read(ref (isResumed ? _resumed : _whole)[(int)version]);

    /// <summary>Handshakes that failed so.</summary>
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
