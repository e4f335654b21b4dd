namespace Proxy.Core.Tls.Certificates;

/// <summary>
/// One block of a PEM text (RFC 7468). Text outside of blocks is ignored: comments, a byte order mark, the output of
/// <c>openssl x509 -text</c>; a block may start on the line on which the block before it ends.
/// </summary>
/// <param name="Label">Its label: <c>CERTIFICATE</c>.</param>
/// <param name="Text">The text between the two boundaries; null if the second one is missing.</param>
internal sealed record PemBlock(string Label, string? Text)
{
    public const string Certificate = "CERTIFICATE";

    private const string Begin = "-----BEGIN ";
    private const string Dashes = "-----";

    /// <summary>Whether it is a certificate, under the current label or an older one.</summary>
    public bool IsCertificate => Label is Certificate or "X509 CERTIFICATE";

    /// <summary>Whether it is a private key of any kind.</summary>
    public bool IsPrivateKey => Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal);

    /// <summary>Whether a password is needed to read it: PKCS#8 (RFC 5958 §3), or OpenSSL's older form.</summary>
    public bool IsEncrypted => Label.StartsWith("ENCRYPTED", StringComparison.Ordinal)
        || (Text is not null && Text.Contains("ENCRYPTED", StringComparison.Ordinal));

    /// <summary>Returns all blocks, in their order.</summary>
    public static IReadOnlyList<PemBlock> ReadAll(string text)
    {
        var blocks = new List<PemBlock>();
        for (var at = 0; (at = text.IndexOf(Begin, at, StringComparison.Ordinal)) >= 0;)
        {
            var label = at + Begin.Length;
            var end = text.IndexOf(Dashes, label, StringComparison.Ordinal);
            if (end < 0) break;
            blocks.Add(ReadOne(text, text[label..end], end + Dashes.Length));
            at = end;
        }

        return blocks;
    }

    /// <summary>Returns the decoded bytes; null if it is damaged.</summary>
    public byte[]? Decode()
    {
        if (string.IsNullOrWhiteSpace(Text)) return null;
        var bytes = new byte[Text.Length];
        return Convert.TryFromBase64String(Text, bytes, out var count) ? bytes[..count] : null;
    }

    // The end of another block is not this one's: this one was truncated.
    private static PemBlock ReadOne(string text, string label, int from)
    {
        var end = text.IndexOf($"-----END {label}-----", from, StringComparison.Ordinal);
        var next = text.IndexOf(Begin, from, StringComparison.Ordinal);
        return new PemBlock(label, end < 0 || (next >= 0 && next < end) ? null : text[from..end]);
    }
}
