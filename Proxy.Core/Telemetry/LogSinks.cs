namespace Proxy.Core.Telemetry;

/// <summary>What a log's destination means.</summary>
internal static class LogSinks
{
    /// <summary>Opens a destination; null when nothing is to be logged. A file that cannot be opened throws.</summary>
    /// <param name="name">What the log is called in messages.</param>
    /// <param name="destination"><c>stdout</c>, <c>none</c>, nothing, or a file's path.</param>
    /// <param name="standardOutput">Where <c>stdout</c> leads.</param>
    public static ILogSink? Open(string name, string destination, Stream standardOutput) => destination switch
    {
        "" or "none" => null,
        "stdout" => new StreamLogSink($"{name} on stdout", standardOutput),
        _ => new FileLogSink(name, destination),
    };
}
