namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>A format of access log lines. Any thread may use it; it allocates at most once a second.</summary>
internal interface IAccessLogFormat
{
    /// <summary>The line that is written to the log after lines were dropped.</summary>
    ReadOnlySpan<byte> DropNotice { get; }

    /// <summary>Whether the format writes <see cref="AccessLogEntry.Extended"/>.</summary>
    bool IsExtended { get; }

    /// <summary>Returns an upper bound in bytes for the entry's line.</summary>
    int Room(in AccessLogEntry entry);

    /// <summary>Writes the line with its newline into <paramref name="room"/> and returns its length.</summary>
    int Write(in AccessLogEntry entry, Span<byte> room);
}
