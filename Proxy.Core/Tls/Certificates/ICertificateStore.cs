namespace Proxy.Core.Tls.Certificates;

/// <summary>The store of certificates, by the name of a server or by <c>*.rest</c>.</summary>
public interface ICertificateStore
{
    /// <summary>The <see cref="VersionOf"/> of a store that does not report changes: age decides.</summary>
    public const long Unversioned = -1;

    /// <summary>Reads a certificate; null if there is none of that name.</summary>
    /// <exception cref="InvalidCertificateException">A part of it is missing, or it cannot be parsed.</exception>
    /// <exception cref="CertificatesUnavailableException">The store cannot be read at present.</exception>
    Task<CertificatePem?> ReadAsync(string name);

    /// <summary>The names in the store, if it can list them; else none.</summary>
    IEnumerable<string> Names => [];

    /// <summary>
    /// Changes whenever the certificate of that name may have changed, or is <see cref="Unversioned"/>.
    /// </summary>
    long VersionOf(string name);
}

/// <summary>The store of certificates cannot be read at present; the message is one line with the reason.</summary>
public sealed class CertificatesUnavailableException(string message, Exception? cause = null)
    : Exception(message, cause);

/// <summary>A stored certificate cannot be served; the message is one line with the reason.</summary>
public sealed class InvalidCertificateException(string message, Exception? cause = null) : Exception(message, cause);
