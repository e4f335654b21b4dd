namespace Proxy.Core.Telemetry.Logs;

/// <summary>Where a log tells what goes wrong with it.</summary>
/// <param name="Errors">Is told everything; null for the error log itself.</param>
/// <param name="OfDrops">The line that tells, among the others, that some before it were dropped.</param>
internal sealed record LogNotices(ErrorLog? Errors, byte[] OfDrops)
{
    /// <summary>The seed's words (sic).</summary>
    public static ReadOnlySpan<byte> SeedOfDrops => "Dropping log messages to due to full channel buffer.\n"u8;
}
