namespace Proxy.Core.Redis.Connections;

/// <summary>How TLS is spoken with a Redis and its Sentinels.</summary>
/// <param name="AuthorityFile">PEM file with authorities trusted beside the system's; null for none.</param>
/// <param name="CertificateFile">PEM file with the certificate we show; null for none.</param>
/// <param name="KeyFile">PEM file with its key; null for none.</param>
/// <param name="IsInsecure">Nothing is verified at all.</param>
public sealed record RedisTls(string? AuthorityFile, string? CertificateFile, string? KeyFile, bool IsInsecure);
