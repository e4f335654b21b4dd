using System.Buffers.Binary;

namespace Proxy.Http.Telemetry.AccessLogs;

/// <summary>
/// An entry of the access log whose exchange goes on for long: what its line will say, in one piece of memory, so that
/// nothing else of the exchange has to be kept.
/// </summary>
public sealed class StoredEntry
{
    private const int LengthBytes = sizeof(int);

    private readonly byte[] _texts;
    private readonly AccessLogNumbers _figures;
    private readonly TimeSpan _backend;
    private readonly int _status;

    /// <summary>Takes a copy; time, bytes and duration are not known before the end.</summary>
    public StoredEntry(in AccessLogEntry entry)
    {
        var more = entry.Extended;
        (_figures, _status, _backend) = (more.Numbers, entry.Status, entry.Backend);
        _texts = new byte[Room(entry.Client) + Room(entry.Method) + Room(entry.Path) + Room(entry.Protocol) +
            Room(entry.Referer) + Room(entry.UserAgent) + Room(entry.RequestIdHeader) + Room(entry.RequestId) +
            Room(entry.Frontend) + Room(entry.ForwardedFor) + Room(more.Host) + Room(more.Query) +
            Room(more.TraceId) + Room(more.Backend) + Room(more.Upgrade) + Room(more.TlsVersion)];
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
        Put(ref room, more.Host);
        Put(ref room, more.Query);
        Put(ref room, more.TraceId);
        Put(ref room, more.Backend);
        Put(ref room, more.Upgrade);
        Put(ref room, more.TlsVersion);
    }

    /// <summary>The whole entry, at the exchange's end.</summary>
    public AccessLogEntry At(in EntryCompletion end)
    {
        ReadOnlySpan<byte> rest = _texts;
        return new AccessLogEntry
        {
            // In the order in which they were put.
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
                Numbers = _figures with { BytesIn = end.BytesIn },
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
