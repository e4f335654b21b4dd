using System.Buffers.Binary;
using System.Net;
using Proxy.Core.Telemetry.Logs;
using Proxy.Core.Transport.Addresses;

namespace Proxy.Core.Transport.Admission;

/// <summary>
/// Counts the clients of all listeners. A listener takes a slot before it accepts; if there is none it stops, its
/// clients wait in the kernel's queue, and it is called when a slot is free. It holds an entry for each connected
/// address and nothing about closed connections.
/// </summary>
/// <param name="bounds">The limits.</param>
/// <param name="report">Takes a line per minute while an address has too many.</param>
/// <param name="time">The clock.</param>
public sealed class ConnectionGate(ConnectionBounds bounds, Action<string> report, TimeProvider time)
{
    // An IPv6 client has a /64 network and changes its address within it at will.
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = [];
    private readonly Dictionary<ulong, int> _ofNetwork = [];
    private readonly RateLimiter _reportLimit = new(time, TimeSpan.FromMinutes(1));
    private int _count;
    private long _refused;
    private long _refusedReported;

    /// <summary>The slots in use.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>Whether every slot is in use, so that nothing is accepted.</summary>
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
    /// Takes a slot. If there is none, <paramref name="free"/> is called once, on any thread, when there may be one: it
    /// must not block, and has to try again.
    /// </summary>
    /// <param name="free">The same object for each call of a listener: it waits once only.</param>
    /// <param name="isForced">Takes a slot even if there is none: a stopping listener empties its queue.</param>
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

    /// <summary>Gives a slot back; one waiting listener is called.</summary>
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

    /// <summary>For a listener that was called and has closed: the slot is for the next one that waits.</summary>
    internal void PassOn()
    {
        Action? next = null;
        lock (_lock)
        {
            if (_count < bounds.Max) _waiting.TryDequeue(out next);
        }

        next?.Invoke();
    }

    /// <summary>Returns whether a client that has a slot may stay; counts it with its address.</summary>
    internal bool Admits(EndPoint client)
    {
        if (bounds.PerAddressMax == 0) return true;
        bool isDue;
        long unreported;
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
            isDue = _reportLimit.IsDue();
            unreported = _refused - _refusedReported;
            if (isDue) _refusedReported = _refused;
        }

        if (isDue) report($"closed {unreported} connections, the last one from {AddressOf(client)}: more than " +
            $"{bounds.PerAddressMax} from one address (--max-connections-per-address); logged once a minute");
        return false;
    }

    /// <summary>An admitted client has closed.</summary>
    internal void Remove(EndPoint client)
    {
        if (bounds.PerAddressMax == 0) return;
        lock (_lock)
        {
            var network = NetworkOf(client);
            var remaining = _ofNetwork.GetValueOrDefault(network) - 1;
            if (remaining > 0) _ofNetwork[network] = remaining;
            else _ofNetwork.Remove(network);
        }
    }

    // An IPv4 address is below any IPv6 network that is assigned to clients (::/64 is reserved).
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
