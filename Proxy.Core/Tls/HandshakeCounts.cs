using System.Security.Authentication;

namespace Proxy.Core.Tls;

/// <summary>
/// Counts handshakes. Which sessions were resumed is not counted, as SslStream does not tell.
/// </summary>
public sealed class HandshakeCounts
{
    private readonly long[] _failed = new long[Enum.GetValues<HandshakeFailure>().Length];
    private long _tls13;
    private long _tls12;
    private long _older;

    /// <summary>Finished handshakes that agreed on TLS 1.3.</summary>
    public long Tls13 => Interlocked.Read(ref _tls13);

    /// <summary>Finished handshakes that agreed on TLS 1.2.</summary>
    public long Tls12 => Interlocked.Read(ref _tls12);

    /// <summary>Finished handshakes that agreed on an older version.</summary>
    public long Older => Interlocked.Read(ref _older);

    /// <summary>Handshakes that failed so.</summary>
    public long this[HandshakeFailure failure] => Interlocked.Read(ref _failed[(int)failure]);

    internal void Succeeded(SslProtocols version) => Interlocked.Increment(
        ref version == SslProtocols.Tls13 ? ref _tls13 : ref version == SslProtocols.Tls12 ? ref _tls12 : ref _older);

    internal void Failed(HandshakeFailure failure) => Interlocked.Increment(ref _failed[(int)failure]);
}
