namespace Proxy.Core.Tls.Certificates;

/// <summary>Where certificates are kept, by the name of a server or by <c>*.rest</c>.</summary>
public interface ICertificateStore
{
    /// <summary>The <see cref="VersionOf"/> of a store that does not tell of changes: age decides.</summary>
    public const long Untold = -1;

    /// <summary>Reads one; null when there is none of that name.</summary>
    /// <exception cref="InvalidCertificateException">There is half of one, or it cannot be read.</exception>
    /// <exception cref="CertificatesUnavailableException">The store cannot be asked at present.</exception>
    Task<CertificatePem?> ReadAsync(string name);

    /// <summary>The names in the store, of one that can list them; else none.</summary>
    IEnumerable<string> Names => [];

    /// <summary>Changes whenever the certificate of that name may have changed, or is <see cref="Untold"/>.</summary>
    long VersionOf(string name);
}
