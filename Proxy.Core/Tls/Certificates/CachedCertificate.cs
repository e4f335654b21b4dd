namespace Proxy.Core.Tls.Certificates;

/// <summary>What is known of a name since it was read last.</summary>
/// <param name="Certificate">What is served for it; null when there is none, or never was a good one.</param>
/// <param name="Content">A hash of what was read; empty when there was nothing.</param>
/// <param name="Trouble">Why there is no newer certificate, or none at all; null when all is well.</param>
/// <param name="Stamp">What was known of changes when the reading began.</param>
/// <param name="FreshUntil">When it has to be read again whatever is known of changes, in milliseconds.</param>
internal sealed record CachedCertificate(
    ServerCertificate? Certificate, string Content, string? Trouble, ChangeStamp Stamp, long FreshUntil);

/// <summary>Differs from an earlier one when something may have changed meanwhile.</summary>
/// <param name="Version">The store's own.</param>
/// <param name="OfName">Changes of this name that were announced.</param>
/// <param name="OfAll">Changes of everything that were announced.</param>
internal readonly record struct ChangeStamp(long Version, int OfName, int OfAll);
