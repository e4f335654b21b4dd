namespace Proxy.Core.Tls.Certificates;

/// <summary>How certificates are chosen and kept.</summary>
/// <param name="Preset">What handshakes are limited to.</param>
/// <param name="Default">The name served when none else fits; empty for none.</param>
/// <param name="Max">Certificates kept in memory, about 0.1 MB each.</param>
public sealed record CertificateRules(TlsPreset Preset, string Default, int Max);
