using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Dns;

/// <summary>
/// The addresses of a name, in the order in which they are tried: addresses that this machine has a route to come
/// first, the families alternate (RFC 8305 §4), and the addresses of a family take turns.
/// </summary>
internal sealed class AddressSet
{
    /// <summary>The most addresses of a name that are used.</summary>
    public const int AddressesMax = 64;

    private const int AnyPort = 9;
    private readonly IPAddress[] _v6;
    private readonly IPAddress[] _v4;
    private readonly IPAddress[] _unreachable;

    /// <summary>Sorts the addresses; routes are checked once, now.</summary>
    public AddressSet(IEnumerable<IPAddress> addresses)
    {
        All = [.. addresses.Distinct().Take(AddressesMax)];
        var reachable = Array.FindAll(All, HasRouteTo);
        _v6 = Array.FindAll(reachable, ip => ip.AddressFamily == AddressFamily.InterNetworkV6);
        _v4 = Array.FindAll(reachable, ip => ip.AddressFamily == AddressFamily.InterNetwork);
        _unreachable = [.. All.Except(reachable)];
    }

    /// <summary>All addresses, unsorted.</summary>
    public IPAddress[] All { get; }

    /// <summary>Returns all addresses in the order of this turn.</summary>
    public IPAddress[] InTurn(uint turn)
    {
        var ordered = new List<IPAddress>(All.Length);
        for (var i = 0; i < Math.Max(_v6.Length, _v4.Length); i++)
        {
            if (i < _v6.Length) ordered.Add(_v6[(int)((turn + (uint)i) % (uint)_v6.Length)]);
            if (i < _v4.Length) ordered.Add(_v4[(int)((turn + (uint)i) % (uint)_v4.Length)]);
        }

        return [.. ordered, .. _unreachable];
    }

    // Connecting a datagram socket sends nothing, and fails where there is no route.
    private static bool HasRouteTo(IPAddress ip)
    {
        try
        {
            using var socket = new Socket(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(ip, AnyPort));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
