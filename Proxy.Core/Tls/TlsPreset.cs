namespace Proxy.Core.Tls;

/// <summary>Which versions and cipher suites clients may use (<c>--tls-preset</c>).</summary>
public enum TlsPreset
{
    /// <summary>TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only.</summary>
    Modern,

    /// <summary>TLS 1.2 and 1.3 with the CBC and plain RSA suites of older clients too.</summary>
    Intermediate,

    /// <summary>TLS 1.0 and later, with the suites of intermediate.</summary>
    Old,
}
