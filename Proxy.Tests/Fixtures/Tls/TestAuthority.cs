using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proxy.Core.Tls.Certificates;

namespace Proxy.Tests.Fixtures.Tls;

/// <summary>A certification authority that lives as long as a test, itself or below another one.</summary>
internal sealed class TestAuthority : IDisposable
{
    // Before any time that a test sets.
    private static readonly DateTimeOffset LongAgo = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _certificate;
    private readonly TestAuthority? _parent;

    public TestAuthority(string name = "Test Root", TestAuthority? parent = null, DateTimeOffset? expiry = null)
    {
        _parent = parent;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = parent is null
            ? request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddYears(3))
            : Sign(request, parent._certificate, expiry ?? DateTimeOffset.UtcNow.AddYears(2)).CopyWithPrivateKey(key);
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>The certificate of another authority, issued by this one: a cross-signed one.</summary>
    public string CrossSign(TestAuthority other)
    {
        var its = other._certificate;
        var request = new CertificateRequest(its.SubjectName, its.PublicKey, HashAlgorithmName.SHA256);
        foreach (var extension in its.Extensions) request.CertificateExtensions.Add(extension);
        using var certificate = Sign(request, _certificate, DateTimeOffset.UtcNow.AddYears(1));
        return certificate.ExportCertificatePem();
    }

    /// <summary>A server's certificate for that name, with the authorities between it and the root behind it.</summary>
    public CertificatePem Issue(
        string name, AsymmetricAlgorithm? key = null, DateTimeOffset? expiry = null, DateTimeOffset? start = null)
    {
        using var made = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        key ??= made!;
        var request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(name, out var ip)) names.AddIpAddress(ip);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var certificate = Sign(request, _certificate, expiry ?? DateTimeOffset.UtcNow.AddYears(1), start);
        var chain = certificate.ExportCertificatePem() + "\n" + ChainPem();
        return new CertificatePem(chain, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose() => _certificate.Dispose();

    private string ChainPem() => _parent is null ? "" : Pem + "\n" + _parent.ChainPem();

    private static X509Certificate2 Sign(
        CertificateRequest request, X509Certificate2 issuer, DateTimeOffset expiry, DateTimeOffset? start = null) =>
        request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!),
            start ?? LongAgo, expiry, RandomNumberGenerator.GetBytes(8));
}
