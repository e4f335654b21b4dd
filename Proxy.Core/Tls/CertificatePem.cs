namespace Proxy.Core.Tls;

/// <summary>A certificate as it is stored.</summary>
/// <param name="Certificate">The certificate and the chain behind it, in PEM.</param>
/// <param name="Key">Its private key in PEM: PKCS#8, PKCS#1 or SEC 1, without a password.</param>
public sealed record CertificatePem(string Certificate, string Key);
