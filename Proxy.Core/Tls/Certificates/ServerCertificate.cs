using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Tls.Handshake;

namespace Proxy.Core.Tls.Certificates;

/// <summary>A certificate that is ready to serve, with everything that all its handshakes share.</summary>
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

    /// <summary>What every handshake with it is given.</summary>
    public SslServerAuthenticationOptions Options { get; }

    /// <summary>When its certificate begins to be valid (UTC).</summary>
    public DateTime ValidFrom { get; }

    /// <summary>When its certificate ends to be valid (UTC).</summary>
    public DateTime Expiry { get; }

    /// <summary>The days before its end that were warned of last; what was not is more than any.</summary>
    public int DaysWarned { get; set; } = int.MaxValue;

    /// <summary>A warning has been logged that it is not valid yet.</summary>
    public bool IsEarlyWarned { get; set; }

    /// <summary>No longer pinned: handshakes go on working, their sessions may not be resumed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) == 1;

    /// <summary>Makes it ready. Takes a millisecond or two of work.</summary>
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

    // An explicit range would set aside the one that old's configuration of OpenSSL gives.
    private static SslProtocols ProtocolsOf(TlsPreset preset) =>
        preset == TlsPreset.Old ? SslProtocols.None : SslProtocols.Tls12 | SslProtocols.Tls13;
}
