namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>What of an entry is known only when its exchange is over.</summary>
public readonly ref struct EntryCompletion
{
    /// <summary>When that is.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Bytes from the client.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes to the client.</summary>
    public long BytesOut { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Who ended it, in a word.</summary>
    public ReadOnlySpan<byte> Outcome { get; init; }
}
