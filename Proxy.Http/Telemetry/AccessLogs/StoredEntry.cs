using System.Buffers.Binary;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>The values of an access log entry that are known only at the end of a long exchange.</summary>
public readonly ref struct EntryCompletion
{
    /// <summary>The time of the end.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Bytes received from the client.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes sent to the client.</summary>
    public long BytesOut { get; init; }

    /// <summary>The duration of the exchange.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>The name of the outcome.</summary>
    public ReadOnlySpan<byte> Outcome { get; init; }
}

/// <summary>
/// A copy of an access log entry for a long exchange such as a tunnel. Its texts are in one array, so that the exchange
/// itself can be released.
/// </summary>
public sealed class StoredEntry
{
    private const int LengthBytes = sizeof(int);

    private readonly byte[] _texts;
    private readonly AccessLogNumbers _numbers;
    private readonly TimeSpan _backend;
    private readonly int _status;

    /// <summary>Copies an entry, except time, byte counts, duration and outcome.</summary>
    public StoredEntry(in AccessLogEntry entry)
    {
        var extended = entry.Extended;
        (_numbers, _status, _backend) = (extended.Numbers, entry.Status, entry.Backend);
        _texts = new byte[Room(entry.Client) + Room(entry.Method) + Room(entry.Path) + Room(entry.Protocol) +
            Room(entry.Referer) + Room(entry.UserAgent) + Room(entry.RequestIdHeader) + Room(entry.RequestId) +
            Room(entry.Frontend) + Room(entry.ForwardedFor) + Room(extended.Host) + Room(extended.Query) +
            Room(extended.TraceId) + Room(extended.Backend) + Room(extended.Upgrade) + Room(extended.TlsVersion)];
        var room = _texts.AsSpan();
        Put(ref room, entry.Client);
        Put(ref room, entry.Method);
        Put(ref room, entry.Path);
        Put(ref room, entry.Protocol);
        Put(ref room, entry.Referer);
        Put(ref room, entry.UserAgent);
        Put(ref room, entry.RequestIdHeader);
        Put(ref room, entry.RequestId);
        Put(ref room, entry.Frontend);
        Put(ref room, entry.ForwardedFor);
        Put(ref room, extended.Host);
        Put(ref room, extended.Query);
        Put(ref room, extended.TraceId);
        Put(ref room, extended.Backend);
        Put(ref room, extended.Upgrade);
        Put(ref room, extended.TlsVersion);
    }

    /// <summary>Returns the complete entry at the end of the exchange.</summary>
    public AccessLogEntry At(in EntryCompletion end)
    {
        ReadOnlySpan<byte> rest = _texts;
        return new AccessLogEntry
        {
            // In the order in which the constructor stored them.
            Client = Take(ref rest),
            Method = Take(ref rest),
            Path = Take(ref rest),
            Protocol = Take(ref rest),
            Referer = Take(ref rest),
            UserAgent = Take(ref rest),
            RequestIdHeader = Take(ref rest),
            RequestId = Take(ref rest),
            Frontend = Take(ref rest),
            ForwardedFor = Take(ref rest),
            Extended = new AccessLogExtension
            {
                Host = Take(ref rest),
                Query = Take(ref rest),
                TraceId = Take(ref rest),
                Backend = Take(ref rest),
                Upgrade = Take(ref rest),
                TlsVersion = Take(ref rest),
                Outcome = end.Outcome,
                Numbers = _numbers with { BytesIn = end.BytesIn },
            },
            Status = _status,
            Backend = _backend,
            Time = end.Time,
            BodyBytes = end.BytesOut,
            Total = end.Total,
        };
    }

    private static int Room(ReadOnlySpan<byte> text) => LengthBytes + text.Length;

    private static void Put(ref Span<byte> room, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteInt32LittleEndian(room, text.Length);
        text.CopyTo(room[LengthBytes..]);
        room = room[Room(text)..];
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest)
    {
        var text = rest.Slice(LengthBytes, BinaryPrimitives.ReadInt32LittleEndian(rest));
        rest = rest[Room(text)..];
        return text;
    }
}
