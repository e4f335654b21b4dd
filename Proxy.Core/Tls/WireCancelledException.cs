namespace Proxy.Core.Tls;

/// <summary>A read or write below TLS was cancelled on purpose; what TLS has buffered is intact.</summary>
internal sealed class WireCancelledException() : IOException("cancelled");
