namespace Proxy.Core.Telemetry.Logs;

/// <summary>The content of an error log line about a request.</summary>
public readonly ref struct RequestError
{
    /// <summary>The requested host.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The backend's URL; empty if none was chosen.</summary>
    public ReadOnlySpan<char> Backend { get; init; }

    /// <summary>The path as received, without query.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The configured name of the request id header, empty for none.</summary>
    public ReadOnlySpan<byte> RequestIdHeader { get; init; }

    /// <summary>The request id.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>What went wrong.</summary>
    public ReadOnlySpan<char> Text { get; init; }

    /// <summary>
    /// The key that makes it a repeat of another line of that host and backend, if <see cref="Text"/> contains a part
    /// that differs each time.
    /// </summary>
    public ReadOnlySpan<char> Cause { get; init; }
}
