
namespace Proxy.Core.Telemetry.Logs;

/// <summary>Opens the destinations of logs.</summary>
internal static class LogSinks
{
    /// <summary>The word for the machine's syslog; a colon and a path after it name another socket.</summary>
    public const string Syslog = "syslog";

    /// <summary>Opens a destination; null if nothing is logged. Throws if it cannot be opened.</summary>
    /// <param name="name">The name of the log in messages.</param>
    /// <param name="destination">A path, <c>stdout</c>, <c>syslog</c> or <c>none</c>.</param>
    /// <param name="standardOutput">The stream for <c>stdout</c>.</param>
    /// <param name="time">The clock.</param>
    public static ILogSink? Open(
        string name, string destination, Stream standardOutput, TimeProvider time) => destination switch
    {
        "" or "none" => null,
        "stdout" => new StreamLogSink($"{name} on stdout", standardOutput),
        Syslog => new SyslogSink(name, null, time),
        _ when destination.StartsWith(Syslog + ':', StringComparison.Ordinal) =>
            new SyslogSink(name, destination[(Syslog.Length + 1)..], time),
        _ => new FileLogSink(name, destination),
    };
}
