namespace Proxy.Core.Tls;

/// <summary>Whether a certificate could be served, without serving it.</summary>
public static class CertificateTrial
{
    /// <summary>When it ends to be valid (UTC).</summary>
    /// <exception cref="BrokenCertificateException">It could not be served.</exception>
    public static DateTime ExpiryOf(CertificatePem pem, TlsPreset preset)
    {
        using var certificate = ServerCertificate.Load(pem, preset, PinnedContext.MakeHello());
        return certificate.Expiry;
    }
}
