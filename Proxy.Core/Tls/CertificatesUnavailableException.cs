namespace Proxy.Core.Tls;

/// <summary>The store of certificates cannot be asked at present; the message says why, in one line.</summary>
public sealed class CertificatesUnavailableException(string message, Exception? cause = null)
    : Exception(message, cause);
