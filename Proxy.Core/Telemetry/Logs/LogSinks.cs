
namespace Proxy.Core.Telemetry.Logs;

/// <summary>What a log's destination means.</summary>
internal static class LogSinks
{
    /// <summary>The word for the machine's syslog; a colon and a path behind it name another socket.</summary>
    public const string Syslog = "syslog";

    /// <summary>Opens a destination; null when nothing is to be logged. What cannot be opened throws.</summary>
    /// <param name="name">What the log is called in messages.</param>
    /// <param name="destination">A path, <c>stdout</c>, <c>syslog</c> or <c>none</c>.</param>
    /// <param name="standardOutput">Where <c>stdout</c> leads.</param>
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
