namespace Proxy.Core.Tls.Certificates;

/// <summary>How certificates are chosen and cached.</summary>
/// <param name="Preset">The preset of handshakes.</param>
/// <param name="Default">The name that is served if no other matches; empty for none.</param>
/// <param name="Max">The most certificates in memory, about 0.1 MB each.</param>
public sealed record CertificateRules(TlsPreset Preset, string Default, int Max);
