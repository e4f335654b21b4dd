using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Routing;
using Proxy.Core.Transport;

namespace Proxy.Core.Tls;

/// <summary>
/// TLS with <c>https://</c> backends: the name of the URL is asked for and has to be in the certificate, which has to
/// come from one of the system's authorities or those of <c>--backend-ca</c>.
/// </summary>
public sealed class BackendEncryption
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly Deadlines _deadlines;
    private readonly bool _isInsecure;
    private readonly X509Certificate2Collection? _authorities;
    private readonly CipherSuitesPolicy? _suites;

    /// <param name="settings">How backends are verified.</param>
    /// <param name="deadlines">The clock of all waits.</param>
    /// <param name="isPresetInForce">
    /// OpenSSL is set up for clients: what is offered to backends has to be said for each connection then, which costs
    /// the resumption of sessions.
    /// </param>
    /// <exception cref="IOException">The file of authorities cannot be read.</exception>
    /// <exception cref="BrokenCertificateException">There is no certificate in it.</exception>
    public BackendEncryption(BackendTls settings, Deadlines deadlines, bool isPresetInForce)
    {
        (_deadlines, _isInsecure) = (deadlines, settings.IsInsecure);
        if (settings.AuthorityFile is { } file) _authorities = AuthoritiesIn(file);
        if (isPresetInForce && OperatingSystem.IsLinux()) _suites = new CipherSuitesPolicy(Suites);
    }

    /// <summary>Takes over a new connection and returns the decrypted one, or says why there is none.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> came first.</exception>
    public async ValueTask<Dialed> EncryptAsync(Connection plain, BackendAddress backend, CancellationToken cancel)
    {
        var tls = new TlsConnection(plain, _deadlines);
        var verdict = new CertificateVerdict(backend.Host, _isInsecure);
        try
        {
            await using (cancel.UnsafeRegister(static connection => ((Connection)connection!).Abort(), tls))
                await tls.AuthenticateAsClientAsync(OptionsFor(backend.Host, verdict));
            cancel.ThrowIfCancellationRequested();
            return new Dialed(tls, Failure.None, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e) || e is AuthenticationException)
        {
            await tls.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
            return verdict.Refusal is { } refusal
                ? new Dialed(null, Failure.BackendCertificateInvalid, refusal)
                : new Dialed(null, Failure.BackendUnreachable, $"tls {backend}: {Innermost.MessageOf(e)}");
        }
    }

    // What .NET offers when nothing else is configured, and ChaCha20 for what has no AES in hardware.
    private static TlsCipherSuite[] Suites =>
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

    private static X509Certificate2Collection AuthoritiesIn(string file)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(File.ReadAllText(file));
            if (all.Count == 0) throw new BrokenCertificateException($"{file}: there is no certificate in it");
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            all.AddRange(system.Certificates);
            return all;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or CryptographicException)
        {
            throw new BrokenCertificateException($"{file}: {e.Message}", e);
        }
    }

    private SslClientAuthenticationOptions OptionsFor(string host, CertificateVerdict verdict) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = _suites,
        CertificateChainPolicy = PolicyOf(_authorities),
        RemoteCertificateValidationCallback = verdict.Accept,
    };

    // A certificate may name places to fetch others from: nobody is to be sent there by a backend.
    private static X509ChainPolicy PolicyOf(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ServerAuthentication) },
        };
        if (authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
