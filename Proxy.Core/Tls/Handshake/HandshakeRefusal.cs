using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Core.Tls.Handshake;

/// <summary>Explains why OpenSSL rejects a certificate, and what to do.</summary>
internal static class HandshakeRefusal
{
    private const string Advice = "have it issued for an ECDSA (P-256) or RSA (2048 bits) key";

    /// <param name="leaf">The server's certificate.</param>
    /// <param name="place">Where it is stored.</param>
    /// <param name="reason">OpenSSL's own text.</param>
    public static string Explain(X509Certificate2 leaf, string place, string reason)
    {
        bool Says(string words) => reason.Contains(words, StringComparison.Ordinal);
        using var rsa = leaf.GetRSAPublicKey();
        using var ec = leaf.GetECDsaPublicKey();
        return reason switch
        {
            _ when Says("ee key too small") =>
                $"{place} is for an {(rsa is null ? "ECDSA" : "RSA")} key of {rsa?.KeySize ?? ec?.KeySize} bits, " +
                $"too small for OpenSSL's security level: {Advice}",
            _ when Says("ca key too small") =>
                $"{place} contains an issuer whose key is too small for OpenSSL's security level: have it issued by " +
                "another one",
            _ when Says("md too weak") =>
                $"{place} is signed with a hash too weak for OpenSSL's security level ({HashesOf(leaf)}): have it " +
                "signed with SHA-256",
            _ when ec is not null && (Says("no shared cipher") || Says("no suitable signature algorithm")) =>
                $"{place} is for a key on the curve {CurveOf(ec)}, which TLS clients do not support: {Advice}",
            _ => $"{place}: {reason}",
        };
    }

    private static string HashesOf(X509Certificate2 leaf) => leaf.SignatureAlgorithm.FriendlyName ?? "unknown";

    private static string CurveOf(ECDsa key) => key.ExportParameters(false).Curve.Oid?.FriendlyName ?? "it has";
}
