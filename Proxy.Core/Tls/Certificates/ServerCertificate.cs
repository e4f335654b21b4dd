using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Core.Tls.Certificates;

/// <summary>A certificate that is ready to serve, with everything that its handshakes share.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly PinnedContext _pin;
    private int _isDisposed;

    private ServerCertificate(SslServerAuthenticationOptions options, PinnedContext pin)
    {
        (Options, _pin) = (options, pin);
        var leaf = options.ServerCertificateContext!.TargetCertificate;
        (ValidFrom, Expiry) = (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
    }

    /// <summary>The options of every handshake with it.</summary>
    public SslServerAuthenticationOptions Options { get; }

    /// <summary>The start of its validity (UTC).</summary>
    public DateTime ValidFrom { get; }

    /// <summary>The end of its validity (UTC).</summary>
    public DateTime Expiry { get; }

    /// <summary>The days before expiry of the last warning; larger than any warning's before the first one.</summary>
    public int DaysWarned { get; set; } = int.MaxValue;

    /// <summary>Whether a warning was logged that it is not valid yet.</summary>
    public bool IsEarlyWarned { get; set; }

    /// <summary>Unpins the context: handshakes still work, but their sessions may not be resumed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) == 1;

    /// <summary>Prepares a certificate. Takes a millisecond or two of work.</summary>
    /// <exception cref="InvalidCertificateException">It cannot be served.</exception>
    public static ServerCertificate Load(CertificatePem pem, TlsPreset preset, ReadOnlyMemory<byte> hello)
    {
        var context = StoredChain.Load(pem);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = context,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            EnabledSslProtocols = ProtocolsOf(preset),
            AllowRenegotiation = false,
            ClientCertificateRequired = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        try
        {
            return new ServerCertificate(options, new PinnedContext(options, hello));
        }
        catch (InvalidCertificateException e)
        {
            throw new InvalidCertificateException(
                HandshakeRefusal.Explain(context.TargetCertificate, pem.CertificatePlace, e.Message), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) _pin.Dispose();
    }

    // An explicit range would override the one that OpenSSL's configuration for the preset "old" sets.
    private static SslProtocols ProtocolsOf(TlsPreset preset) =>
        preset == TlsPreset.Old ? SslProtocols.None : SslProtocols.Tls12 | SslProtocols.Tls13;
}
