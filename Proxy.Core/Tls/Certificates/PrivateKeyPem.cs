using System.Security.Cryptography;

namespace Proxy.Core.Tls.Certificates;

/// <summary>Reads a stored private key.</summary>
internal static class PrivateKeyPem
{
    /// <summary>Returns the first private key in a PEM text: PKCS#8, PKCS#1 or SEC 1.</summary>
    /// <exception cref="InvalidCertificateException">The key is unusable; the message says why.</exception>
    public static AsymmetricAlgorithm Read(string text, string place)
    {
        var blocks = PemBlock.ReadAll(text);
        var block = blocks.FirstOrDefault(block => block.IsPrivateKey)
            ?? throw new InvalidCertificateException(AbsenceReason(text, blocks, place, "private key"));
        if (block.IsEncrypted)
            throw new InvalidCertificateException($"{place} is encrypted: store the key without its password " +
                "(openssl pkey -in FILE -out NEW)");
        var bytes = block.Decode();
        return (bytes is null ? null : Import(block.Label, bytes))
            ?? throw new InvalidCertificateException($"{place} contains no readable RSA or ECDSA key, or a damaged " +
                "one (openssl pkey -in FILE -noout -text shows it)");
    }

    /// <summary>Returns what there is instead of the wanted block.</summary>
    public static string AbsenceReason(string text, IReadOnlyList<PemBlock> blocks, string place, string wanted)
    {
        if (string.IsNullOrWhiteSpace(text)) return $"{place} is empty";
        return blocks.Count > 0
            ? $"{place} contains no {wanted}, but: {string.Join(", ", blocks.Select(block => block.Label).Distinct())}"
            : $"{place} contains no {wanted} in PEM (-----BEGIN {wanted.ToUpperInvariant()}-----)";
    }

    // PKCS#8 is one form for all kinds of keys: each kind is tried.
    private static AsymmetricAlgorithm? Import(string label, byte[] bytes) => label switch
    {
        "RSA PRIVATE KEY" => Import(RSA.Create(), key => key.ImportRSAPrivateKey(bytes, out _)),
        "EC PRIVATE KEY" => Import(ECDsa.Create(), key => key.ImportECPrivateKey(bytes, out _)),
        "PRIVATE KEY" => Import(RSA.Create(), key => key.ImportPkcs8PrivateKey(bytes, out _))
            ?? Import(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(bytes, out _)),
        _ => null,
    };

    private static AsymmetricAlgorithm? Import<T>(T key, Action<T> import) where T : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
