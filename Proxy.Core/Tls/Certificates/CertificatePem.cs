namespace Proxy.Core.Tls.Certificates;

/// <summary>A certificate as stored.</summary>
/// <param name="Certificate">The certificate and its chain, in PEM.</param>
/// <param name="Key">Its private key in PEM: PKCS#8, PKCS#1 or SEC 1, without a password.</param>
public sealed record CertificatePem(string Certificate, string Key)
{
    /// <summary>Where the certificate is stored, for messages.</summary>
    public string CertificatePlace { get; init; } = "the certificate";

    /// <summary>Where the key is stored, for messages.</summary>
    public string KeyPlace { get; init; } = "the key";

    /// <summary>Decodes the content of two places.</summary>
    /// <exception cref="InvalidCertificateException">One of them is in a binary form.</exception>
    internal static CertificatePem Decode(
        ReadOnlySpan<byte> certificate, string certificatePlace, ReadOnlySpan<byte> key, string keyPlace) =>
        new(PemText.Of(certificate, certificatePlace), PemText.Of(key, keyPlace))
        {
            CertificatePlace = certificatePlace, KeyPlace = keyPlace,
        };
}
