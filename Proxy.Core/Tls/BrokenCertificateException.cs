namespace Proxy.Core.Tls;

/// <summary>A stored certificate cannot be served; the message says why, in one line.</summary>
public sealed class BrokenCertificateException(string message, Exception? cause = null) : Exception(message, cause);
