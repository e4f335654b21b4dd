using System.Net;

namespace Proxy.Core.Tls;

/// <summary>The TLS settings for clients.</summary>
public sealed record TlsSettings
{
    /// <summary>Where TLS is accepted (<c>--tls-listen</c>).</summary>
    public required EndPoint Listen { get; init; }

    /// <summary>The TLS versions and cipher suites.</summary>
    public required TlsPreset Preset { get; init; }

    /// <summary>The folder with certificates; null if they are in the Redis that routes are read from.</summary>
    public required string? Folder { get; init; }

    /// <summary>The certificate for clients without a known server name; empty to reject them.</summary>
    public required string DefaultCertificate { get; init; }

    /// <summary>The most certificates in memory.</summary>
    public required int CertificatesMax { get; init; }
}

/// <summary>How <c>https://</c> backends are verified.</summary>
/// <param name="AuthorityFile">PEM file with authorities trusted in addition to the system's; null for none.</param>
/// <param name="IsInsecure">Whether nothing is verified.</param>
public sealed record BackendTls(string? AuthorityFile, bool IsInsecure);

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
