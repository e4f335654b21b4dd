using Proxy.Core.Telemetry.Logs;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>Where the access log goes and what it looks like.</summary>
/// <param name="Destination">
/// A file's path, <c>stdout</c>, <c>syslog</c>, <c>syslog:PATH</c> (another socket than the system's), or <c>none</c>.
/// </param>
/// <param name="Format">How an exchange is written.</param>
public sealed record AccessLogSettings(string Destination, AccessLogFormat Format = AccessLogFormat.Line);
