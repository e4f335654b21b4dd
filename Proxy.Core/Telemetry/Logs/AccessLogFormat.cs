namespace Proxy.Core.Telemetry.Logs;

/// <summary>How an exchange is written in the access log.</summary>
public enum AccessLogFormat
{
    /// <summary>The Go planb's line, which is Hipache's with additions.</summary>
    Line,

    /// <summary>One JSON object a line, with more in it.</summary>
    Json,
}
