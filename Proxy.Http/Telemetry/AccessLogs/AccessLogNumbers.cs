namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>The figures of the JSON line that the seed's has not.</summary>
/// <param name="ClientPort">The port the client connected from; 0 when it is not known.</param>
/// <param name="IsTls">Whether the client spoke TLS.</param>
/// <param name="BytesIn">Bytes of the request's body that came, framing not counted.</param>
/// <param name="Attempts">Connections to backends that were asked for.</param>
/// <param name="IsReused">Whether the last of them had served before.</param>
/// <param name="Connect">How long connecting to backends took, all tries together.</param>
/// <param name="Overhead">What the proxy itself took: all but waiting for backends and for bodies.</param>
/// <param name="IsTlsResumed">Whether the client resumed a TLS session.</param>
public readonly record struct AccessLogNumbers(
    int ClientPort, bool IsTls, long BytesIn, int Attempts, bool IsReused, TimeSpan Connect, TimeSpan Overhead,
    bool IsTlsResumed);
