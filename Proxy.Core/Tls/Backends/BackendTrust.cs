using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Tls.Certificates;
using Proxy.Core.Tls.OpenSsl;

namespace Proxy.Core.Tls.Backends;

/// <summary>Which https backends are trusted, and what is offered to them.</summary>
public sealed class BackendTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // .NET's defaults, and ChaCha20 for machines without AES in hardware.
    private static readonly TlsCipherSuite[] Suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    ];

    private readonly bool _isInsecure;
    private readonly X509Certificate2Collection? _authorities;
    private readonly CipherSuitesPolicy? _suites;

    /// <param name="settings">How backends are verified.</param>
    /// <param name="isPresetInForce">
    /// OpenSSL is set up for the versions of clients: what is offered to backends is then set for each connection,
    /// which costs the resumption of sessions.
    /// </param>
    /// <exception cref="IOException">The file of authorities cannot be read.</exception>
    /// <exception cref="InvalidCertificateException">The file has no certificate, or a damaged one.</exception>
    public BackendTrust(BackendTls settings, bool isPresetInForce)
    {
        _isInsecure = settings.IsInsecure;
        if (settings.AuthorityFile is { } file) _authorities = AuthoritiesIn(file);
        if (isPresetInForce && OperatingSystem.IsLinux()) _suites = new CipherSuitesPolicy(Suites);
    }

    internal CertificateValidator ValidatorFor(string host) => new(host, _isInsecure);

    internal SslClientAuthenticationOptions OptionsFor(string host, CertificateValidator validator) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = _suites,
        CertificateChainPolicy = MakePolicy(),
        RemoteCertificateValidationCallback = validator.Accept,
    };

    private static X509Certificate2Collection AuthoritiesIn(string file)
    {
        if (OpenSslLibrary.Fault is { } missing) throw new InvalidCertificateException(missing);
        try
        {
            var all = new X509Certificate2Collection();
            all.AddRange(StoredChain.ReadCertificates(PemText.Of(File.ReadAllBytes(file), file), file));
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            all.AddRange(system.Certificates);
            return all;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidCertificateException($"{file}: {FileFailure.ReasonOf(e)}", e);
        }
    }

    // A certificate may name URLs of further certificates: a backend must not make us fetch them.
    private X509ChainPolicy MakePolicy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ServerAuthentication) },
        };
        if (_authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }
}
