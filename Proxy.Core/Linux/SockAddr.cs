using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Proxy.Core.Linux;

/// <summary>struct sockaddr_in and sockaddr_in6.</summary>
internal static class SockAddr
{
    /// <summary>Bytes of the longer of the two.</summary>
    public const int BytesMax = 28;

    private const int BytesOfIpv4 = 16;

    public static int FamilyOf(IPEndPoint endpoint) =>
        endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? Kernel.Inet6 : Kernel.Inet;

    /// <summary>Writes an endpoint into <paramref name="room"/> and returns the part that was used.</summary>
    public static ReadOnlySpan<byte> Write(IPEndPoint endpoint, Span<byte> room)
    {
        var isIpv6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        room.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(room, (ushort)FamilyOf(endpoint));
        BinaryPrimitives.WriteUInt16BigEndian(room[2..], (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(room[(isIpv6 ? 8 : 4)..], out _);
        if (!isIpv6) return room[..BytesOfIpv4];
        BinaryPrimitives.WriteUInt32LittleEndian(room[24..], (uint)endpoint.Address.ScopeId);
        return room;
    }

    /// <summary>Returns whether it is an IPv4 or IPv6 address.</summary>
    public static bool IsInternet(ReadOnlySpan<byte> address) =>
        BinaryPrimitives.ReadUInt16LittleEndian(address) is Kernel.Inet or Kernel.Inet6;

    public static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(address) == Kernel.Inet)
            return new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);
        var ip = new IPAddress(address.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(address[24..]));
        return new IPEndPoint(ip, port);
    }
}
