namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>What the JSON line says beyond the seed's. Texts are empty where there is nothing to say.</summary>
public readonly ref struct AccessLogExtension
{
    /// <summary>The host asked for, as received.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>What follows the path's question mark.</summary>
    public ReadOnlySpan<byte> Query { get; init; }

    /// <summary>The trace id of the traceparent field (W3C Trace Context).</summary>
    public ReadOnlySpan<byte> TraceId { get; init; }

    /// <summary>The URL of the backend that was asked last.</summary>
    public ReadOnlySpan<byte> Backend { get; init; }

    /// <summary>The protocol that was switched to.</summary>
    public ReadOnlySpan<byte> Upgrade { get; init; }

    /// <summary>Who ended the exchange and when, in a word.</summary>
    public ReadOnlySpan<byte> Outcome { get; init; }

    /// <summary>The version of TLS that the client speaks, such as <c>TLSv1.3</c>.</summary>
    public ReadOnlySpan<byte> TlsVersion { get; init; }

    /// <summary>The numbers.</summary>
    public AccessLogNumbers Numbers { get; init; }
}
