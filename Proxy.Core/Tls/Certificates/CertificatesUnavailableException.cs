namespace Proxy.Core.Tls.Certificates;

/// <summary>The store of certificates cannot be asked at present; the message says why, in one line.</summary>
public sealed class CertificatesUnavailableException(string message, Exception? cause = null)
    : Exception(message, cause);
