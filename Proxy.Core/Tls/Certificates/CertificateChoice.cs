namespace Proxy.Core.Tls.Certificates;

/// <summary>The certificate for a client, or why there is none.</summary>
internal readonly record struct CertificateChoice(ServerCertificate? Certificate, string? Trouble);
