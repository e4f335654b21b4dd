namespace Proxy.Core.Tls.Certificates;

/// <summary>A stored certificate cannot be served; the message says why, in one line.</summary>
public sealed class InvalidCertificateException(string message, Exception? cause = null) : Exception(message, cause);
