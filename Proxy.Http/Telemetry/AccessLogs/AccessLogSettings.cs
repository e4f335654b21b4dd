using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>The destination and format of the access log.</summary>
/// <param name="Destination">
/// The path of a file, <c>stdout</c>, <c>syslog</c>, <c>syslog:PATH</c> (a socket other than the system's) or
/// <c>none</c>.
/// </param>
/// <param name="Format">The format of a line.</param>
public sealed record AccessLogSettings(string Destination, AccessLogFormat Format = AccessLogFormat.Line);
