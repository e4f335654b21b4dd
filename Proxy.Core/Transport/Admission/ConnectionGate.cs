using System.Buffers.Binary;
using System.Net;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport.Admission;

/// <summary>
/// Counts the clients of all listeners. A listener takes a place before it accepts; when there is none it stops, its
/// clients wait in the kernel's queue, and it is called when a place is free. Holds an entry for each address that is
/// connected and nothing of those that are gone.
/// </summary>
/// <param name="bounds">How many there may be.</param>
/// <param name="report">Takes a line a minute when an address has too many.</param>
/// <param name="time">The time.</param>
public sealed class ConnectionGate(ConnectionBounds bounds, Action<string> report, TimeProvider time)
{
    // IPv6 clients have a /64 to themselves and change within it as they like.
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = [];
    private readonly Dictionary<ulong, int> _ofNetwork = [];
    private readonly RateLimiter _pace = new(time, TimeSpan.FromMinutes(1));
    private int _count;
    private long _refused;
    private long _refusedTold;

    /// <summary>Places that are taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>Every place is taken: nobody is accepted.</summary>
    public bool IsFull => Count >= bounds.Max;

    /// <summary>Clients that were closed because their address had too many.</summary>
    public long Refused
    {
        get
        {
            lock (_lock) return _refused;
        }
    }

    /// <summary>
    /// Takes a place. If there is none, <paramref name="free"/> is called once, on any thread, when there may be one:
    /// it must not block, and has to try again.
    /// </summary>
    /// <param name="free">Always the same object for a listener: it waits once only.</param>
    /// <param name="isForced">Takes a place even when there is none: who stops leaves nobody in the queue.</param>
    internal bool TryEnter(Action free, bool isForced = false)
    {
        lock (_lock)
        {
            if (isForced || _count < bounds.Max)
            {
                _count++;
                return true;
            }

            if (!_waiting.Contains(free)) _waiting.Enqueue(free);
            return false;
        }
    }

    /// <summary>Gives a place back; one of those that wait is called.</summary>
    internal void Leave()
    {
        Action? next;
        lock (_lock)
        {
            _count--;
            _waiting.TryDequeue(out next);
        }

        next?.Invoke();
    }

    /// <summary>For a listener that was called and has closed: the place is for the next one that waits.</summary>
    internal void PassOn()
    {
        Action? next = null;
        lock (_lock)
        {
            if (_count < bounds.Max) _waiting.TryDequeue(out next);
        }

        next?.Invoke();
    }

    /// <summary>Whether a client that has a place may stay; counts it with its address.</summary>
    internal bool Admits(EndPoint client)
    {
        if (bounds.PerAddressMax == 0) return true;
        bool isDue;
        long untold;
        lock (_lock)
        {
            var network = NetworkOf(client);
            var count = _ofNetwork.GetValueOrDefault(network);
            if (count < bounds.PerAddressMax)
            {
                _ofNetwork[network] = count + 1;
                return true;
            }

            _refused++;
            isDue = _pace.IsDue();
            untold = _refused - _refusedTold;
            if (isDue) _refusedTold = _refused;
        }

        if (isDue) report($"closed {untold} connections, the last from {AddressOf(client)}: more than " +
            $"{bounds.PerAddressMax} of one address (--max-connections-per-address); told once a minute");
        return false;
    }

    /// <summary>A client that was admitted is gone.</summary>
    internal void Forget(EndPoint client)
    {
        if (bounds.PerAddressMax == 0) return;
        lock (_lock)
        {
            var network = NetworkOf(client);
            var left = _ofNetwork.GetValueOrDefault(network) - 1;
            if (left > 0) _ofNetwork[network] = left;
            else _ofNetwork.Remove(network);
        }
    }

    // An IPv4 address is below any IPv6 network that is given to clients (::/64 is reserved).
    private static ulong NetworkOf(EndPoint client)
    {
        if (client.UnmappedAddress() is not { } address) return 0;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return length == sizeof(uint)
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : BinaryPrimitives.ReadUInt64BigEndian(bytes[..Ipv6NetworkBytes]);
    }

    private static string AddressOf(EndPoint client) => client.UnmappedAddress()?.ToString() ?? "?";
}
