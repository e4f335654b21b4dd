using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Proxy.Core.Tls.Backends;

/// <summary>Validates one backend's certificate, and explains a rejection in Go's words.</summary>
internal sealed class CertificateValidator(string host, bool isInsecure)
{
    /// <summary>Why it was rejected; null if it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>.</summary>
    public bool Accept(object _, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (isInsecure || errors == SslPolicyErrors.None) return true;
        Refusal = "x509: " + ReasonOf(certificate, chain, errors);
        return false;
    }

    private string ReasonOf(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)) return ChainReasonOf(chain);
        return $"certificate of {certificate.Subject} is not valid for {host}";
    }

    private static string ChainReasonOf(X509Chain? chain)
    {
        var statuses = chain?.ChainStatus ?? [];
        var flags = statuses.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid)) return "certificate has expired or is not yet valid";
        if ((flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
            return "certificate signed by unknown authority";
        return string.Join("; ", statuses.Select(status => status.StatusInformation.Trim()));
    }
}
