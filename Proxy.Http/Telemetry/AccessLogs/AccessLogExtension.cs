namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>The values that only the JSON line has. Texts are empty when there is no value.</summary>
public readonly ref struct AccessLogExtension
{
    /// <summary>The requested host, as received.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The query as received, without the question mark.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    /// <summary>The trace id of the traceparent header (W3C Trace Context).</summary>
    public ReadOnlySpan<byte> TraceId { get; init; }

    /// <summary>The URL of the backend that was tried last.</summary>
    public ReadOnlySpan<byte> Backend { get; init; }

    /// <summary>The protocol that the connection was upgraded to.</summary>
    public ReadOnlySpan<byte> Upgrade { get; init; }

    /// <summary>The name of the exchange's outcome.</summary>
    public ReadOnlySpan<byte> Outcome { get; init; }

    /// <summary>The client's TLS version, such as <c>TLSv1.3</c>.</summary>
    public ReadOnlySpan<byte> TlsVersion { get; init; }

    /// <summary>The numbers and flags.</summary>
    public AccessLogNumbers Numbers { get; init; }
}

/// <summary>The numbers and flags that only the JSON line has.</summary>
/// <param name="ClientPort">The port that the client connected from; 0 when it is unknown.</param>
/// <param name="IsTls">Whether the client uses TLS.</param>
/// <param name="BytesIn">Bytes of the request body received, framing excluded.</param>
/// <param name="Attempts">Number of backend connections requested.</param>
/// <param name="IsReused">Whether the last of these connections had served an earlier exchange.</param>
/// <param name="Connect">Total time spent connecting to backends, over all attempts.</param>
/// <param name="Overhead">Time spent in the proxy itself, without waits for backends and bodies.</param>
/// <param name="IsTlsResumed">Whether the client resumed a TLS session.</param>
public readonly record struct AccessLogNumbers(
    int ClientPort, bool IsTls, long BytesIn, int Attempts, bool IsReused, TimeSpan Connect, TimeSpan Overhead,
    bool IsTlsResumed);
