using System.Net;
using System.Text;

namespace Proxy.Http1;

/// <summary>A client's address as it is told to backends: no port, IPv4 without its IPv6 form.</summary>
internal static class AddressText
{
    public static IPAddress? AddressOf(EndPoint endpoint) => endpoint is not IPEndPoint { Address: var address } ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    public static byte[] Of(EndPoint endpoint) =>
        Encoding.ASCII.GetBytes(AddressOf(endpoint)?.ToString() ?? "unknown");
}
