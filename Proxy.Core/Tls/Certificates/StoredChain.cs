using System.Collections.ObjectModel;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// Reads stored certificates. Handshakes send what is stored: each certificate, in that order, and none that this
/// machine may know in addition. (RFC 8446 §4.4.2: the server's own comes first.)
/// </summary>
internal static class StoredChain
{
    /// <summary>Returns the certificates with their key, for handshakes.</summary>
    /// <exception cref="InvalidCertificateException">They are unusable; the message has the reason.</exception>
    public static SslStreamCertificateContext Load(CertificatePem pem)
    {
        ThrowIfSwapped(pem);
        var certificates = ReadCertificates(pem.Certificate, pem.CertificatePlace);
        try
        {
            ThrowIfUnsupported(certificates[0], pem.CertificatePlace);
            using var key = PrivateKeyPem.Read(pem.Key, pem.KeyPlace);
            var leaf = WithKey(certificates[0], key)
                ?? throw new InvalidCertificateException(MismatchReason(certificates, key, pem));
            certificates[0].Dispose();
            return NewContext(leaf, new ReadOnlyCollection<X509Certificate2>([.. certificates.Skip(1)]), null);
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            throw new InvalidCertificateException($"{pem.CertificatePlace}: {RootCause.MessageOf(e)}", e);
        }
    }

    /// <summary>Returns all certificates of a PEM text, at least one.</summary>
    /// <exception cref="InvalidCertificateException">There is none, or one is damaged.</exception>
    public static X509Certificate2[] ReadCertificates(string text, string place)
    {
        var blocks = PemBlock.ReadAll(text);
        PemBlock[] wanted = [.. blocks.Where(block => block.IsCertificate)];
        if (wanted.Length == 0)
            throw new InvalidCertificateException(PrivateKeyPem.AbsenceReason(text, blocks, place, "certificate"));
        return [.. wanted.Select((block, i) => ReadOne(block, $"certificate {i + 1} of {wanted.Length}", place))];
    }

    private static X509Certificate2 ReadOne(PemBlock block, string number, string place)
    {
        try
        {
            if (block.Decode() is { } bytes) return X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (CryptographicException)
        {
            // The bytes are not a certificate.
        }

        throw new InvalidCertificateException($"{number} in {place} is damaged: copy it again");
    }

    private static void ThrowIfSwapped(CertificatePem pem)
    {
        var (first, second) = (PemBlock.ReadAll(pem.Certificate), PemBlock.ReadAll(pem.Key));
        if (first.Any(block => block.IsCertificate) || second.Any(block => block.IsPrivateKey)) return;
        if (first.Any(block => block.IsPrivateKey) && second.Any(block => block.IsCertificate))
            throw new InvalidCertificateException($"{pem.CertificatePlace} and {pem.KeyPlace} are swapped: the first " +
                "has to contain the certificate, the second the private key");
    }

    // .NET's handshakes support two kinds of keys.
    private static void ThrowIfUnsupported(X509Certificate2 leaf, string place)
    {
        var kind = leaf.GetKeyAlgorithm() switch
        {
            "1.2.840.113549.1.1.1" or "1.2.840.10045.2.1" => null,
            "1.3.101.112" => "an Ed25519 key",
            "1.3.101.113" => "an Ed448 key",
            "1.2.840.10040.4.1" => "a DSA key",
            "1.2.840.113549.1.1.10" => "a key for RSASSA-PSS alone",
            var other => $"a key of an unknown kind ({other})",
        };
        if (kind is not null)
            throw new InvalidCertificateException($"{place} is for {kind}, which PlanB does not support: have it " +
                "issued for an ECDSA (P-256) or RSA (2048 bits) key");
    }

    // Null if the key belongs to another certificate.
    private static X509Certificate2? WithKey(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string MismatchReason(
        X509Certificate2[] certificates, AsymmetricAlgorithm key, CertificatePem pem)
    {
        for (var i = 1; i < certificates.Length; i++)
        {
            using var leaf = WithKey(certificates[i], key);
            if (leaf is not null)
                return $"{pem.KeyPlace} belongs to certificate {i + 1} of {certificates.Length} in " +
                    $"{pem.CertificatePlace} ({leaf.Subject}): put that one first, followed by its issuers";
        }

        return $"{pem.KeyPlace} does not belong to the first certificate in {pem.CertificatePlace} " +
            $"({certificates[0].Subject}): store the key that the certificate was requested with";
    }

    // The public way to create one builds a chain from what the machine trusts instead. Before it sends a certificate,
    // .NET checks nothing else of it.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SslStreamCertificateContext NewContext(
        X509Certificate2 target, ReadOnlyCollection<X509Certificate2> intermediates, SslCertificateTrust? trust);
}
