using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Core.Tls.Certificates;

/// <summary>The result of checking a certificate without serving it.</summary>
/// <param name="ValidFrom">The start of its validity (UTC).</param>
/// <param name="Expiry">The end of its validity (UTC).</param>
/// <param name="ChainFault">What clients may reject in the rest of the chain; null for nothing.</param>
public sealed record CertificateCheck(DateTime ValidFrom, DateTime Expiry, string? ChainFault)
{
    /// <summary>Loads it as for serving.</summary>
    /// <exception cref="InvalidCertificateException">It could not be served.</exception>
    public static CertificateCheck Of(CertificatePem pem, TlsPreset preset, DateTime now)
    {
        using var certificate = ServerCertificate.Load(pem, preset, PinnedContext.MakeHello());
        var context = certificate.Options.ServerCertificateContext!;
        return new CertificateCheck(certificate.ValidFrom, certificate.Expiry,
            FaultOf([context.TargetCertificate, .. context.IntermediateCertificates], now));
    }

    // Each certificate should be the issuer of the one before it.                               RFC 8446 §4.4.2
    private static string? FaultOf(X509Certificate2[] chain, DateTime now)
    {
        for (var i = 1; i < chain.Length; i++)
        {
            var name = $"certificate {i + 1} of {chain.Length} ({chain[i].Subject})";
            var expiry = chain[i].NotAfter.ToUniversalTime();
            if (!chain[i].SubjectName.RawData.AsSpan().SequenceEqual(chain[i - 1].IssuerName.RawData))
                return $"{name} is not the issuer of the one before it";
            if (expiry <= now)
                return string.Create(CultureInfo.InvariantCulture, $"{name} expired on {expiry:yyyy-MM-dd}");
        }

        return null;
    }
}
