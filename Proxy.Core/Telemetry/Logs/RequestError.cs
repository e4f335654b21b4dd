namespace Proxy.Core.Telemetry.Logs;

/// <summary>What one line of the error log says about a request.</summary>
public readonly ref struct RequestError
{
    /// <summary>The host asked for.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The backend's URL; empty when none was chosen.</summary>
    public ReadOnlySpan<char> Backend { get; init; }

    /// <summary>The path as received, without query.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The configured name of the request id field, empty when there is none.</summary>
    public ReadOnlySpan<byte> RequestIdHeader { get; init; }

    /// <summary>The request id.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>What went wrong, in words.</summary>
    public ReadOnlySpan<char> Text { get; init; }

    /// <summary>
    /// What makes it the same as another of that host and backend, when <see cref="Text"/> has in it what differs
    /// each time.
    /// </summary>
    public ReadOnlySpan<char> Cause { get; init; }
}
