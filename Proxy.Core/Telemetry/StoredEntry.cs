using System.Buffers.Binary;
using System.Net;

namespace Proxy.Core.Telemetry;

/// <summary>
/// An entry of the access log whose exchange goes on for long: what its line will say, in one piece of memory, so that
/// nothing else of the exchange has to be kept.
/// </summary>
public sealed class StoredEntry
{
    private const int LengthBytes = sizeof(int);

    private readonly byte[] _texts;
    private readonly IPAddress? _client;
    private readonly TimeSpan _backend;
    private readonly int _status;

    /// <summary>Takes a copy; time, bytes and duration are not known before the end.</summary>
    public StoredEntry(in AccessLogEntry entry)
    {
        (_client, _status, _backend) = (entry.Client, entry.Status, entry.Backend);
        _texts = new byte[Room(entry.Method) + Room(entry.Path) + Room(entry.Protocol) + Room(entry.Referer) +
            Room(entry.UserAgent) + Room(entry.RequestIdHeader) + Room(entry.RequestId) + Room(entry.Frontend) +
            Room(entry.ForwardedFor)];
        var room = _texts.AsSpan();
        Put(ref room, entry.Method);
        Put(ref room, entry.Path);
        Put(ref room, entry.Protocol);
        Put(ref room, entry.Referer);
        Put(ref room, entry.UserAgent);
        Put(ref room, entry.RequestIdHeader);
        Put(ref room, entry.RequestId);
        Put(ref room, entry.Frontend);
        Put(ref room, entry.ForwardedFor);
    }

    /// <summary>The whole entry, at the exchange's end.</summary>
    public AccessLogEntry At(DateTimeOffset time, long bodyBytes, TimeSpan total)
    {
        ReadOnlySpan<byte> rest = _texts;
        return new AccessLogEntry
        {
            // In the order in which they were put.
            Method = Take(ref rest),
            Path = Take(ref rest),
            Protocol = Take(ref rest),
            Referer = Take(ref rest),
            UserAgent = Take(ref rest),
            RequestIdHeader = Take(ref rest),
            RequestId = Take(ref rest),
            Frontend = Take(ref rest),
            ForwardedFor = Take(ref rest),
            Client = _client,
            Status = _status,
            Backend = _backend,
            Time = time,
            BodyBytes = bodyBytes,
            Total = total,
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
