namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// The values of one access log line; texts are the bytes as received. The default value gives the Go planb's line for
/// an empty entry. <see cref="Extended"/> is only in the JSON line.
/// </summary>
public readonly ref struct AccessLogEntry
{
    /// <summary>The client's address as text, without its port.</summary>
    public ReadOnlySpan<byte> Client { get; init; }

    /// <summary>The time of the entry; it is written as local time.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The request method.</summary>
    public ReadOnlySpan<byte> Method { get; init; }

    /// <summary>The path as received, without the query.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The client's protocol version, such as <c>HTTP/1.1</c>.</summary>
    public ReadOnlySpan<byte> Protocol { get; init; }

    /// <summary>The status code sent to the client.</summary>
    public int Status { get; init; }

    /// <summary>Body bytes sent to the client, framing excluded.</summary>
    public long BodyBytes { get; init; }

    /// <summary>The Referer header.</summary>
    public ReadOnlySpan<byte> Referer { get; init; }

    /// <summary>The User-Agent header.</summary>
    public ReadOnlySpan<byte> UserAgent { get; init; }

    /// <summary>The configured name of the request id header; empty when there is none.</summary>
    public ReadOnlySpan<byte> RequestIdHeader { get; init; }

    /// <summary>The request id.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>The frontend of the route; empty when there is none.</summary>
    public ReadOnlySpan<byte> Frontend { get; init; }

    /// <summary>The first X-Forwarded-For value as received.</summary>
    public ReadOnlySpan<byte> ForwardedFor { get; init; }

    /// <summary>Time from the request head to the last byte of the response.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Time from the choice of the backend to its response head; zero without a backend.</summary>
    public TimeSpan Backend { get; init; }

    /// <summary>The values that the Go planb's line does not have.</summary>
    public AccessLogExtension Extended { get; init; }
}
