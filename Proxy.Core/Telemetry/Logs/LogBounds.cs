namespace Proxy.Core.Telemetry.Logs;

/// <summary>How much of a log may be in memory: what waits, and as many bytes again of what is being written.</summary>
/// <param name="Lines">Lines that wait or are being written.</param>
/// <param name="Bytes">Bytes that wait.</param>
internal sealed record LogBounds(int Lines, int Bytes)
{
    /// <summary>How long a sink that failed is left alone.</summary>
    public int RetryMilliseconds { get; init; } = LogWriter.RetryMilliseconds;
}
