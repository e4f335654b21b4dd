using System.Net;

namespace Proxy.Core.Tls;

/// <summary>How TLS is spoken with clients.</summary>
public sealed record TlsSettings
{
    /// <summary>Where TLS is accepted (<c>--tls-listen</c>).</summary>
    public required EndPoint Listen { get; init; }

    /// <summary>Versions and suites.</summary>
    public required TlsPreset Preset { get; init; }

    /// <summary>The folder with certificates; null when they are in the Redis that is read.</summary>
    public required string? Folder { get; init; }

    /// <summary>The certificate for clients that name no known server; empty when they are refused.</summary>
    public required string DefaultCertificate { get; init; }

    /// <summary>Certificates kept in memory.</summary>
    public required int CertificatesMax { get; init; }
}

/// <summary>How <c>https://</c> backends are verified.</summary>
/// <param name="AuthorityFile">PEM file with authorities trusted beside the system's; null when there is none.</param>
/// <param name="IsInsecure">Nothing is verified at all.</param>
public sealed record BackendTls(string? AuthorityFile, bool IsInsecure);
