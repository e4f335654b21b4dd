using System.Text;

namespace Proxy.Core.Tls.Certificates;

/// <summary>Decodes stored bytes as PEM text, and recognizes other forms.</summary>
internal static class PemText
{
    private const byte Sequence = 0x30;
    private const int ShortLengthMax = 0x7F;
    private const byte Integer = 0x02;
    private const byte ObjectIdentifier = 0x06;
    private const byte PersonalInformationExchangeVersion = 3;

    /// <summary>Decodes UTF-8, or UTF-16 with a byte order mark.</summary>
    /// <param name="bytes">The stored bytes.</param>
    /// <param name="place">Where they are stored, for the message.</param>
    /// <exception cref="InvalidCertificateException">They are a binary form of a certificate or a key.</exception>
    public static string Of(ReadOnlySpan<byte> bytes, string place)
    {
        if (IsBinary(bytes)) throw new InvalidCertificateException(BinaryReason(bytes, place));
        var encoding = bytes switch
        {
            [0xFF, 0xFE, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
            _ => Encoding.UTF8,
        };
        return encoding.GetString(bytes);
    }

    // A sequence in DER, unlike a text that starts with the digit 0.
    private static bool IsBinary(ReadOnlySpan<byte> bytes) => bytes is [Sequence, var length, ..]
        && (length > ShortLengthMax || length == bytes.Length - 2);

    // The first element of the outermost ASN.1 sequence distinguishes the kinds: a certificate has another sequence, a
    // key and a PKCS#12 have their versions (RFC 5958 §2, RFC 7292 §4), a PKCS#7 has its type (RFC 2315 §7).
    private static string BinaryReason(ReadOnlySpan<byte> bytes, string place)
    {
        var lengthBytes = bytes[1] > ShortLengthMax ? bytes[1] & ShortLengthMax : 0;
        var content = bytes[Math.Min(bytes.Length, 2 + lengthBytes)..];
        return content switch
        {
            [Integer, 1, PersonalInformationExchangeVersion, ..] => $"{place} is PKCS#12, not PEM: extract the " +
                "certificates and the key (openssl pkcs12 -in FILE -nokeys, and -nocerts -noenc)",
            [Integer, ..] => $"{place} is a key in DER, not PEM: convert it (openssl pkey -in FILE -out NEW)",
            [ObjectIdentifier, ..] => $"{place} is PKCS#7, not PEM certificates: convert it " +
                "(openssl pkcs7 -inform der -in FILE -print_certs)",
            _ => $"{place} is in DER, not PEM: convert it (openssl x509 -in FILE -out NEW)",
        };
    }
}
