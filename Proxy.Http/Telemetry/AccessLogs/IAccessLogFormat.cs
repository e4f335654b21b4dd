namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>Makes a line of an entry. Any thread may call it, and nothing is allocated but once a second.</summary>
internal interface IAccessLogFormat
{
    /// <summary>The line that tells, among the others, that some before it were dropped.</summary>
    ReadOnlySpan<byte> DropNotice { get; }

    /// <summary>Whether it writes <see cref="AccessLogEntry.Extended"/>.</summary>
    bool IsExtended { get; }

    /// <summary>Room that is certainly enough for the entry's line.</summary>
    int Room(in AccessLogEntry entry);

    /// <summary>Writes the line with its newline into <paramref name="room"/> and returns its length.</summary>
    int Write(in AccessLogEntry entry, Span<byte> room);
}
