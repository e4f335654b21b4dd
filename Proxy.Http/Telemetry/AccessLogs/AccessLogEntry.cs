namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// What one line of the access log says, as bytes where they were received. The zero value is the seed's zero line,
/// and <see cref="Extended"/> is only in the JSON line.
/// </summary>
public readonly ref struct AccessLogEntry
{
    /// <summary>The client's address as text, without its port.</summary>
    public ReadOnlySpan<byte> Client { get; init; }

    /// <summary>When the line is made; local time is written.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The request method.</summary>
    public ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The path as received, without query.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The protocol as the client sent it, <c>HTTP/1.1</c>.</summary>
    public ReadOnlySpan<byte> Protocol { get; init; }

    /// <summary>The status code sent.</summary>
    public int Status { get; init; }

    /// <summary>Bytes of body sent to the client, framing not counted.</summary>
    public long BodyBytes { get; init; }

    /// <summary>The Referer field.</summary>
    public ReadOnlySpan<byte> Referer { get; init; }

    /// <summary>The User-Agent field.</summary>
    public ReadOnlySpan<byte> UserAgent { get; init; }

    /// <summary>The configured name of the request id field, empty when there is none.</summary>
    public ReadOnlySpan<byte> RequestIdHeader { get; init; }

    /// <summary>The request id.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>The frontend that matched, empty when none did.</summary>
    public ReadOnlySpan<byte> Frontend { get; init; }

    /// <summary>The first X-Forwarded-For value as received.</summary>
    public ReadOnlySpan<byte> ForwardedFor { get; init; }

    /// <summary>From the start of the backend choice to the last byte of the response.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>From connect to the head of the backend's response; zero when no backend was asked.</summary>
    public TimeSpan Backend { get; init; }

    /// <summary>What the seed's line does not say.</summary>
    public AccessLogExtension Extended { get; init; }
}
