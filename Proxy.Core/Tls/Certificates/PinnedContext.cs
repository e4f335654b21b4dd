using System.Net.Security;

namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// Keeps the OpenSSL context of a certificate alive, and with it the keys of its session tickets: .NET drops contexts
/// without a connection whenever it has made 32 more. It is a connection whose client sends a hello and then nothing.
/// </summary>
internal sealed class PinnedContext : IDisposable
{
    private readonly SslStream _stalled;

    /// <summary>Starts the handshake that never ends.</summary>
    /// <exception cref="InvalidCertificateException">No handshake is possible with that certificate.</exception>
    public PinnedContext(SslServerAuthenticationOptions options, ReadOnlyMemory<byte> hello)
    {
        _stalled = new SslStream(new StalledStream(hello));
        var handshake = _stalled.AuthenticateAsServerAsync(options);
        if (handshake.Exception is not { } failed) return;
        _stalled.Dispose();
        throw new InvalidCertificateException(RootCause.MessageOf(failed), failed);
    }

    /// <summary>Returns the first bytes of a client that accepts everything our servers can offer.</summary>
    public static ReadOnlyMemory<byte> MakeHello()
    {
        var wire = new StalledStream(default);
        using var client = new SslStream(wire);
        _ = client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
        return wire.FirstWritten;
    }

    /// <inheritdoc/>
    public void Dispose() => _stalled.Dispose();
}
